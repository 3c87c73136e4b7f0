"""The command `bot poster`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from bot.settings import Settings

if TYPE_CHECKING:  # what they bring is for this command alone
    from bot.posters.qr import Link
    from bot.prompts.library import Library, Poster


def add_to(
    app: typer.Typer,
    settings: Callable[..., Settings],
    wait_for: Callable[[Coroutine[Any, Any, Link | None]], Link | None],
) -> None:
    """Put the command on the app; `settings` and `wait_for` are those of the other commands."""

    @app.command()
    def poster(
        name: Annotated[str, typer.Argument(help="Its name, as --list shows it.")] = "",
        listed: Annotated[bool, typer.Option("--list", help="Every poster, with the alt text of its picture.")] = False,
        size: Annotated[str, typer.Option(help="a4 or a3, of a .pdf; a4 if left out.")] = "",
        ward: Annotated[str, typer.Option(help="Whose report page its QR code leads to; needs PUBLIC_URL.")] = "",
        out: Annotated[
            Path | None, typer.Option(help="FILE.pdf, or FILE.png for chat; NAME-a4.pdf if left out.")
        ] = None,
    ) -> None:
        """A poster or blank sheet: a PDF for the wall, or a picture for chat."""
        given = settings(quiet=True)
        library = _library(given.content_dir)
        if listed:
            _list(library)
            return
        chosen = _chosen(name, library)
        file = out or Path(f"{chosen.name}-{size or 'a4'}.pdf")
        paper, is_picture = _paper(size), _is_picture(file)
        if is_picture and (size or ward):
            _fail("--out: a .png is the picture for chat; --size and --ward are for a .pdf")
        link = None if is_picture else wait_for(_link(given, ward) if ward else _link_of_only_ward(given))
        made = _drawn(chosen, None if is_picture else paper, link)
        try:
            file.write_bytes(made)
        except OSError as error:
            _fail(f"--out: {file}: {error.strerror}")
        typer.echo(f"Written to {file}")
        if chosen.expired(date.today()):
            typer.echo(f"Its review was due by {chosen.review_by}: look it over before you hang it up.", err=True)


def _fail(words: str, code: int = 2) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(code)


def _library(folder: Path | None) -> Library:
    from bot.prompts.library import ContentError, Library

    try:
        return Library.load(folder)
    except ContentError as error:
        _fail(str(error))


def _list(library: Library) -> None:
    for one in sorted(library.posters.values(), key=lambda one: one.name):
        typer.echo(f"{one.name}: {one.title}\n    {one.described}")
    if broken := _broken(library):
        _fail("\n".join(broken), 1)


def _chosen(name: str, library: Library) -> Poster:
    near = name.lower().removeprefix("poster-").replace("_", "-")
    if found := library.posters.get(f"poster-{name}"):
        return found
    if gone := library.withdrawn.get(f"poster-{near}"):
        _fail(f"The poster “{near}” was withdrawn{f' on {gone.on}' if gone.on < date.max else ''}: {gone.why}")
    asked = f"There is no poster “{name}”." if name else "Which poster?"
    names = [one.name for one in library.posters.values()]
    _fail("\n".join([asked + _nearest(near, names, "bot poster --list"), *_broken(library)]))


def _broken(library: Library) -> list[str]:
    return [str(fault) for fault in library.faults if Path(fault.file).parent.name == "posters"]


def _nearest(name: str, names: Iterable[str], command: str) -> str:
    near = get_close_matches(name, list(names), n=3, cutoff=0.5)
    return f" The nearest: {', '.join(near)}." if near else f" {command} shows them."


def _paper(size: str) -> Literal["a4", "a3"]:
    if size not in ("", "a4", "a3"):
        _fail(f"--size: “{size}” is neither a4 nor a3")
    return "a3" if size == "a3" else "a4"


def _is_picture(file: Path) -> bool:
    if (kind := file.suffix.lower()) not in (".pdf", ".png"):
        _fail(f"--out: “{file}” ends in neither .pdf nor .png")
    return kind == ".png"


def _drawn(poster: Poster, paper: Literal["a4", "a3"] | None, link: Link | None) -> bytes:
    from bot.posters.draw import draw
    from bot.posters.pen import DoesNotFit
    from bot.posters.picture import picture

    try:
        return draw(poster, paper, link) if paper else picture(poster)
    except DoesNotFit as error:
        _fail(str(error))


async def _link(given: Settings, name: str) -> Link:
    if not given.public_url:
        _fail("PUBLIC_URL: set it first, so that a phone can follow the QR code")
    links = await _links(given)
    if name not in links:
        _fail(f"--ward: there is no ward “{name}”." + _nearest(name, links, "bot wards list"))
    return links[name]


async def _link_of_only_ward(given: Settings) -> Link | None:
    """The link that needs no asking for: one ward's, if there is no other. A poster needs no database."""
    from sqlalchemy.exc import ProgrammingError

    from bot.store.database import StoreAway

    if not given.public_url:
        return None
    try:
        links = await _links(given)
    except (StoreAway, ProgrammingError):  # the latter, from PostgreSQL where a table is missing
        typer.echo("Drawn without a QR code, for the database can't be used: bot check says why.", err=True)
        return None
    return next(iter(links.values())) if len(links) == 1 else None


async def _links(given: Settings) -> dict[str, Link]:
    """The links of all wards, by name."""
    from bot.posters.qr import Link
    from bot.store.database import Store
    from bot.store.wards import every_ward

    async with Store(given.sqlalchemy_url)() as session:
        return {ward.name: Link(ward.name, given.public_url + ward.report_path) for ward in await every_ward(session)}
