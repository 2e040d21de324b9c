"""Where a command's document goes: to a file that is named with `-o`, else to standard output."""

from pathlib import Path

import click

from bot.errors import BadInput

output = click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")


def write_out(content: bytes, file: Path | None) -> None:
    """Write the document, byte by byte as it is; raises BadInput when the file cannot be written."""
    if file is None:
        click.echo(content, nl=False)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.", "Name another file with -o.") from None
    click.echo(f"Wrote {file}", err=True)
