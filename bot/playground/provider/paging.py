"""Pages of a list, as the API cuts them: by the id after which the next one begins."""

from collections.abc import Mapping, Sequence

_PAGE_MAX = 1_000


def page_of(records: Sequence[Mapping[str, object]], query: Mapping[str, list[str]]) -> dict[str, object] | str:
    """Return one page of records that each have an `id`, or what is wrong with the query."""
    limit = query.get("limit", ["20"])[0]
    if not limit.isdecimal() or not 1 <= int(limit) <= _PAGE_MAX:
        return "limit: Input should be between 1 and 1000"
    ids = [record["id"] for record in records]
    after = query.get("after_id", [None])[0]
    if after is not None and after not in ids:
        return "after_id: there is nothing with this id"
    start = 0 if after is None else ids.index(after) + 1
    end = start + int(limit)
    shown = ids[start:end]
    first, last = (shown[0], shown[-1]) if shown else (None, None)
    return {"data": list(records[start:end]), "has_more": end < len(ids), "first_id": first, "last_id": last}
