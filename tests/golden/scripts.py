"""An incident whose people write from right to left, in Chinese characters and in emoji."""

from typing import Final

from bot.incidents.events import (
    BOT,
    Acknowledged,
    Actor,
    Captured,
    ChannelCreated,
    Noted,
    Resolved,
    RoleGiven,
    SeverityChanged,
    TaskAdded,
)
from bot.rules.evidence import Severity
from tests.golden.telling import SONNET, Told, clean, failing, on, opened_from, told

YUSUF: Final = Actor(id="U0YUSUF001", name="يوسف الحداد")
NOA: Final = Actor(id="U0NOA00001", name="נועה בר־לב")
LIN: Final = Actor(id="U0LIN00001", name="林小雨")
ZOE: Final = Actor(id="U0ZOE00001", name="Zoë 🦊👩🏽‍🚒")


def many_scripts() -> Told:
    """Tell of an incident with a title and names of four scripts."""
    at = on("2026-12-01")
    seen = failing(at("05:00:04"), Severity.P1, "overloaded", 529, {SONNET: (5, 5)})
    return told(
        107,
        opened_from(seen, at("05:02:00"), YUSUF, "تعطل المحادثة 🔥 聊天无法使用 / הצ'אט לא זמין", "2-all-500-529"),
        seen,
        ChannelCreated(actor=BOT, happened_at=at("05:02:05"), channel_id="C0INC00107", name="inc-107-聊天"),
        Acknowledged(actor=NOA, happened_at=at("05:05:00")),
        RoleGiven(actor=YUSUF, happened_at=at("05:06:00"), role="lead", to=NOA),
        Noted(actor=LIN, happened_at=at("05:08:00"), text="上海的用户看到空白页面,重试两次后恢复。"),
        Captured(
            actor=NOA,
            happened_at=at("05:09:30"),
            author=ZOE,
            text="🚨🚨 wszystko stoi 😱 - żaden czat nie działa 🇵🇱",
            channel_id="C0INC00107",
            ts="1796101770.000200",
        ),
        SeverityChanged(
            actor=NOA, happened_at=at("05:12:00"), before=Severity.P1, after=Severity.P2, reason="רק הצ'אט נפגע (כ־5%)"
        ),
        TaskAdded(actor=NOA, happened_at=at("05:15:00"), number=1, text="إضافة نموذج بديل للمحادثة", owner=YUSUF),
        clean(at("05:20:00"), SONNET),
        Resolved(
            actor=NOA,
            happened_at=at("05:32:00"),
            impact="توقفت المحادثة لمدة 20 دقيقة",
            root_cause="供应商过载(529)。",
            mitigation="חיכינו 🙏",
            action_items=("添加备用模型 ✅",),
            early="הכול עובד שוב",
        ),
    )
