"""The faults that every cell of the pipeline meets, and what may come of each: one line, or the same bytes."""

import random
import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import forked
from forked import Ended, Stop
from tiny_run import Cell, cells_of, content_of, remove_outs, write_tiny

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
LIMITS = (16, 700)
"""Bytes after which a file is full: the first file of a stage, or a later one, half-written."""
DAMAGES: dict[str, Callable[[bytes, bytes, random.Random], bytes]] = {
    "truncated": lambda own, other, rng: own[: len(own) // 2],
    "emptied": lambda own, other, rng: b"",
    "swapped": lambda own, other, rng: other,
    "one bit flipped": lambda own, other, rng: flipped(own, rng),
}


def flipped(content: bytes, rng: random.Random) -> bytes:
    """The content with one bit changed."""
    position = rng.randrange(max(1, len(content)))
    changed = bytearray(content or b"\0")
    changed[position] ^= 1 << rng.randrange(8)
    return bytes(changed)


class FaultError(AssertionError):
    """A fault had another outcome than what is promised."""


@dataclass(frozen=True)
class Reference:
    """A finished run: its folder, its cells, what each says and how long it takes."""

    folder: Path
    cells: dict[str, Cell]
    ended: dict[str, Ended]
    content: dict[str, bytes]

    def restored(self, copy: Path) -> Path:
        """Make a folder a copy of the finished run again, whatever a case has done to it, and return it."""
        mirror(self.folder, copy)
        return copy


def mirror(source: Path, target: Path) -> None:
    """Make a folder as another one is, with the times and rights of files; what is the same already stays."""
    target.mkdir(exist_ok=True)
    target.chmod(source.stat().st_mode)
    for path in target.iterdir():
        if not (source / path.name).exists() or path.is_dir() != (source / path.name).is_dir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in source.iterdir():
        copy = target / path.name
        if path.is_dir():
            mirror(path, copy)
        elif not copy.exists() or traits(copy) != traits(path):
            copy.unlink(missing_ok=True)
            shutil.copy2(path, copy)


def traits(path: Path) -> tuple[int, int, int]:
    """What tells a file from another one that was written later: its size, time and rights."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_mode


def finished(folder: Path) -> Reference:
    """Write the project and run all its cells."""
    write_tiny(folder)
    cells = cells_of(folder)
    ended = {}
    for cell in cells:
        ended[cell.address] = forked.run(folder, cell.arguments)
        if ended[cell.address].status != 0:
            raise FaultError(f"{cell.address}: {ended[cell.address].text}")
    return Reference(folder, {cell.address: cell for cell in cells}, ended, content_of(folder))


def plain(line: str) -> str:
    """A line without its numbers, which differ from run to run."""
    return re.sub(r"[\d.]+", "0", line)


def new_lines(reference: Reference, address: str, ended: Ended) -> list[str]:
    """The lines that an unbroken run does not write."""
    usual = {plain(line) for line in reference.ended[address].text.splitlines()}
    return [line for line in ended.text.splitlines() if plain(line) not in usual]


def check_line(reference: Reference, address: str, ended: Ended, status: int) -> str:
    """The one line of a stage that ended before its work was done."""
    lines = new_lines(reference, address, ended)
    name = " ".join(reference.cells[address].arguments)
    if ended.status != status or len(lines) != 1 or not lines[0].startswith(f"{name}: "):
        raise FaultError(
            f"{address}: status {ended.status} in the place of {status}, {len(lines)} lines:\n{ended.text}"
        )
    return lines[0]


def check_same(reference: Reference, address: str, folder: Path) -> None:
    """Run the cell again: every file of the project is what it was, and nothing half-written is left."""
    again = forked.run(folder, reference.cells[address].arguments)
    if again.status != 0:
        raise FaultError(f"{address}: the next run ends with {again.status}:\n{again.text}")
    content = content_of(folder)
    if content != reference.content:
        names = sorted(set(content) ^ set(reference.content))
        changed = [name for name in content.keys() & reference.content if content[name] != reference.content[name]]
        raise FaultError(f"{address}: other files after the next run: {names}, changed: {changed}")
    check_nothing_left(address, folder)


def check_nothing_left(address: str, folder: Path) -> None:
    """Nothing half-written is left in the project."""
    left = [str(path.relative_to(folder)) for path in folder.rglob("*.tmp")]
    if left:
        raise FaultError(f"{address}: left behind: {left}")


def stopped(reference: Reference, address: str, number: int, share: float, copy: Path) -> str:
    """A signal after a share of the cell's usual time; returns the outcome."""
    folder = reference.restored(copy)
    cell = reference.cells[address]
    remove_outs(folder, cell)
    ended = forked.run(folder, cell.arguments, Stop(number, share * reference.ended[address].seconds))
    if ended.status != 0:
        if number != signal.SIGKILL:
            check_line(reference, address, ended, STATUS[signal.Signals(number)])
        elif ended.status != -signal.SIGKILL:
            raise FaultError(f"{address}: status {ended.status}:\n{ended.text}")
    check_same(reference, address, folder)
    return "the same bytes" if ended.status else "had ended"


def without_room(reference: Reference, address: str, limit: int, copy: Path) -> str:
    """Every file is full after some bytes; returns the outcome."""
    folder = reference.restored(copy)
    cell = reference.cells[address]
    remove_outs(folder, cell)
    ended = forked.run(folder, cell.arguments, before=forked.limit_files(limit))
    if ended.status != 0:
        check_line(reference, address, ended, 1)
    check_same(reference, address, folder)
    return "one line, then the same bytes" if ended.status else "had room"


def read_only(reference: Reference, address: str, copy: Path) -> str:
    """No folder of the project can be written; returns the outcome."""
    folder = reference.restored(copy)
    cell = reference.cells[address]
    folders = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
    for path in folders:
        path.chmod(0o555)
    ended = forked.run(folder, cell.arguments, before=forked.without_privileges)
    content = content_of(folder)
    reference.restored(copy)  # so that the folder can be removed
    check_line(reference, address, ended, 1)
    if content != reference.content:
        raise FaultError(f"{address}: something was written")
    return "one line"


def damaged(reference: Reference, address: str, file: Path, damage: str, seed: int, copy: Path) -> str:
    """One input is damaged; returns whether the stage said so or went on."""
    rng = random.Random(f"{seed} {address} {file} {damage}")
    folder = reference.restored(copy)
    others = [path for path in folder.rglob(f"*{file.suffix}") if path.is_file() and path != folder / file]
    others = [path for path in others if path.read_bytes() != (folder / file).read_bytes()]
    other = rng.choice(sorted(others)).read_bytes() if others else b"another file\n"
    (folder / file).write_bytes(DAMAGES[damage]((folder / file).read_bytes(), other, rng))
    ended = forked.run(folder, reference.cells[address].arguments)
    check_nothing_left(address, folder)
    if ended.status == 0:
        return "went on"
    line = check_line(reference, address, ended, 1)
    if file.name not in line and str(file.parent) not in line:
        raise FaultError(f"{address}: {file} {damage}, but the line does not name it:\n{line}")
    return "one line"
