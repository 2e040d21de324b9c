"""files.*: uploads in three steps, as `files_upload_v2` takes them."""

from bot.playground.workspace import acts
from bot.playground.workspace.api.chat import writable
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Channel, Json, Message, UploadedFile
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State, made_up


def get_upload_url(state: State, arguments: Arguments) -> Json:
    """Return where the bytes may be sent."""
    length = arguments.whole("length", 0)
    if length <= 0:
        raise Refused("invalid_arguments", messages=["[ERROR] must be more than 0 [json-pointer:/length]"])
    file = UploadedFile(state.new_id("F"), arguments.text("filename"), length)
    file.permalink = f"{state.origin}/files/{state.bot_user_id}/{file.id}/{file.name}"
    key = made_up(40)
    state.uploads[key] = file
    return {"file_id": file.id, "upload_url": f"{state.origin}/upload/{key}"}


def complete(state: State, arguments: Arguments) -> Json:
    """Share files whose bytes have arrived, in a message when a channel is named."""
    named = arguments.structure("files")
    if not isinstance(named, list) or not named:
        raise Refused("invalid_arguments", messages=["[ERROR] must name at least one file [json-pointer:/files]"])
    files = [_arrived(state, str(entry.get("id")), entry.get("title")) for entry in named]
    wanted = [arguments.text("channel_id")] if arguments.optional("channel_id") else arguments.listed("channels")
    channels = [writable(state, channel) for channel in wanted]
    for file in files:
        file.completed = True
        state.files[file.id] = file
    for channel in channels:
        _share(state, channel, files, arguments)
    state.touch()
    return {"files": [{"id": file.id, "title": file.title or file.name} for file in files]}


def info(state: State, arguments: Arguments) -> Json:
    """Return one file."""
    file = state.files.get(arguments.text("file"))
    if file is None:
        raise Refused("file_not_found")
    return {"file": file.as_json()}


def receive(state: State, key: str, data: bytes) -> str:
    """Take the bytes of an upload and return Slack's plain answer.

    Raises Refused(file_not_found) for an unknown address and Refused(bad_length) when other than the announced
    number of bytes came.
    """
    file = state.uploads.get(key)
    if file is None:
        raise Refused("file_not_found", status=404)
    if len(data) != file.length:
        raise Refused("bad_length", status=400)
    file.data = data
    state.touch()
    return f"OK - {len(data)}"


def _arrived(state: State, file_id: str, title: str | None) -> UploadedFile:
    file = next((file for file in state.uploads.values() if file.id == file_id), None)
    if file is None or file.data is None or file.completed:
        raise Refused("file_not_found")
    file.title = title or file.name
    return file


def _share(state: State, channel: Channel, files: list[UploadedFile], arguments: Arguments) -> None:
    thread_ts = arguments.optional("thread_ts")
    for file in files:
        file.channel, file.thread_ts = channel.id, thread_ts
        channel.files.append(file)
    text = arguments.text("initial_comment")
    message = Message(channel.id, state.new_ts(), state.bot_user_id, text, thread_ts=thread_ts, bot_id=state.bot_id)
    message.files, message.subtype = list(files), "file_share"
    acts.post(state, channel, message)


HANDLERS = {
    "files.completeUploadExternal": complete,
    "files.getUploadURLExternal": get_upload_url,
    "files.info": info,
}
