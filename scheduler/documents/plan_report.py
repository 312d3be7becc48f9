"""The report of a plan for planners: figures, heat map, map; as PDF and as workbook."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from models.exam import Exam
from models.publication import PublishedFacts
from scheduler.documents import phrases
from scheduler.documents.figures import Load, Place, PlanFigures, Spread
from scheduler.documents.page import (
    A4,
    GREY,
    LINE,
    MARGIN,
    MM,
    PALE,
    Draw,
    Footing,
    Page,
    Paper,
    heading,
)
from scheduler.documents.tabled import Table, TableColumn
from scheduler.documents.texts import Language, texts
from scheduler.documents.ticket import subject_name
from scheduler.documents.typefaces import BOLD, printable, width
from scheduler.documents.workbook import Workbook

_ROW = 13.0


def plan_report_pdf(
    facts: PublishedFacts, figures: PlanFigures, language: Language = Language.ZH
) -> bytes:
    """Overview, load per date, busiest points, travel, shortages, balance, map, heat map."""
    title = f"{facts.exam.name_zh} {phrases.REPORT(language)}"
    paper = Paper(title, Footing.of(facts, language))
    pages: list[Draw] = [
        partial(_first, facts=facts, figures=figures, language=language),
        partial(_second, figures=figures, language=language),
        *_shortage_pages(figures, language),
        partial(_map, places=figures.places, language=language),
    ]
    paper.section(pages)
    paper.section(_heat_pages(facts.exam, figures, language), landscape=True)
    return paper.content()


def _part(page: Page, y: float, phrase: phrases.Phrase, language: Language) -> float:
    page.line(page.left, y, phrase(language), 12, font=BOLD)
    page.rule(page.left, y + 17, page.right, y + 17, weight=0.8)
    return y + 24


def _whole(page: Page, y: float, table: Table) -> float:
    """A table that fits the page as a whole."""
    return table.draw(page, page.left, y, range(len(table.rows))) + 16


def _first(page: Page, *, facts: PublishedFacts, figures: PlanFigures, language: Language) -> None:
    version = texts(language).version.format(version=facts.plan_version, hash=facts.root_hash[:12])
    y = heading(page, facts.exam.name_zh, f"{phrases.REPORT(language)}    {version}") + 4
    heads = (phrases.IN_TOTAL, phrases.PLACED, phrases.UNPLACED, phrases.SET_ASIDE)
    w = page.inner / 4
    for i, (head, count) in enumerate(zip(heads, figures.totals, strict=True)):
        x = page.left + i * w
        page.box(x + 2, y, w - 4, 17 * MM, weight=0, fill=PALE)
        page.line(x + w / 2, y + 6, f"{count:,}", 18, font=BOLD, align="center")
        page.line(x + w / 2, y + 31, head(language), 9.5, align="center", grey=GREY)
    y = _part(page, y + 23 * MM, phrases.GOALS, language)
    columns = [
        TableColumn(phrases.GOAL(language), 4),
        *(TableColumn(p(language), 1.6, "right") for p in (phrases.VALUE, phrases.BOUND)),
        TableColumn(phrases.GAP(language), 1.1, "right"),
        TableColumn(phrases.UNIT(language), 1.2, "center"),
        TableColumn(phrases.STATUS(language), 1.5, "center"),
    ]
    rows = [
        (
            f"{n}. {phrases.GOAL_NAMES[n](language)}",
            f"{value:,}",
            f"{bound:,}",
            f"{gap:.2%}",
            unit,
            status,
        )
        for n, value, bound, gap, unit, status in figures.goals
    ]
    y = _part(page, _whole(page, y, Table(columns, rows, page.inner)), phrases.LOAD, language)
    date_columns = [
        TableColumn(phrases.SITTING(language), 3),
        *(
            TableColumn(p(language), 1.3, "right")
            for p in (phrases.CANDIDATES, phrases.USABLE, phrases.USED)
        ),
        TableColumn("", 3),
    ]
    dates = [
        (f"{sitting}  {name}", f"{people:,}", f"{load.seats:,}", f"{load.share:.1%}", "")
        for sitting, name, people, load in figures.dates
    ]
    table = Table(date_columns, dates, page.inner)
    shares = [load.share for *_, load in figures.dates]
    _bars(page, y, table, shares)
    y = _part(page, _whole(page, y, table), phrases.BUSIEST, language)
    _busiest(page, y, figures, language)


def _bars(page: Page, y: float, table: Table, shares: Sequence[float]) -> None:
    """A bar for each row in the last column of a table; drawn first, the rules go over it."""
    x = page.left + sum(table.widths[:-1]) + 5
    most = table.widths[-1] - 10
    at = y + table.head_height
    for share, height in zip(shares, table.heights, strict=True):
        if share > 0:
            page.box(x, at + 5, most * min(1.0, share), height - 10, weight=0, fill=0.6)
        at += height


def _busiest(page: Page, y: float, figures: PlanFigures, language: Language) -> None:
    columns = [
        TableColumn(phrases.EXAM_POINT(language), 2.4),
        TableColumn(phrases.SESSION(language), 1, "center"),
        TableColumn(phrases.CANDIDATES(language), 1.2, "right"),
        TableColumn(phrases.USABLE(language), 1.2, "right"),
        TableColumn(phrases.USED(language), 1.2, "right"),
        TableColumn("", 3),
    ]
    rows = [
        (name, session, f"{load.occupied:,}", f"{load.seats:,}", f"{load.share:.1%}", "")
        for name, session, load in figures.busiest
    ]
    table = Table(columns, rows, page.inner, least=15.5)
    fitting = table.split(page.bottom - y, page.bottom - y)[0]
    short = Table(columns, rows[: len(fitting)], page.inner, least=15.5)
    _bars(page, y, short, [load.share for *_, load in figures.busiest[: len(fitting)]])
    _whole(page, y, short)


def _second(page: Page, *, figures: PlanFigures, language: Language) -> None:
    y = _part(page, page.top, phrases.TRAVEL, language)
    travel = figures.travel
    if travel is None:
        page.line(page.left, y, phrases.TRAVEL_NONE(language), 10)
        y += 30
    else:
        told = phrases.TRAVEL_SUMMARY(
            language, count=f"{travel.count:,}", mean=f"{travel.mean:.1f}",
            median=f"{travel.median:.1f}", p95=f"{travel.p95:.1f}", most=f"{travel.most:.1f}",
        )  # fmt: skip
        y = page.text(page.left, y, page.inner, told, 10, lines=3) + 6
        most = max(count for *_, count in travel.bands) or 1
        for low, high, count in travel.bands:
            band = f"{low}–{high}" if high is not None else f"≥ {low}"
            page.line(
                page.left + 62, y, f"{band} {phrases.KILOMETRES(language)}", 9.5, align="right"
            )
            length = (page.inner - 170) * count / most
            if count:
                page.box(page.left + 70, y + 2, max(0.7, length), 9, weight=0, fill=0.6)
            share = f"{count:,}（{count / travel.count:.1%}）"
            page.line(page.left + 75 + length, y, share, 9)
            y += 16
        y += 12
    y = _part(page, y, phrases.BALANCE, language)
    columns = [TableColumn(phrases.SITTING(language), 1.2, "center")]
    for head in (phrases.PEAK_USE, phrases.MEAN_KM):
        columns += [
            TableColumn(f"{head(language)} {p(language)}", 1.4, "right")
            for p in (phrases.LEAST, phrases.MEAN, phrases.MOST)
        ]
    rows = [
        (sitting, *_three(figures.peak_use.get(sitting), _percent),
         *_three(figures.mean_km.get(sitting), _one_decimal))
        for sitting, *_ in figures.dates
    ]  # fmt: skip
    page.text(page.left, y, page.inner, phrases.BALANCE_RANGE(language), 9, grey=GREY)
    y = _whole(page, y + 15, Table(columns, rows, page.inner))
    if not figures.shortages:
        y = _part(page, y, phrases.SHORTAGES, language)
        page.line(page.left, y, phrases.NO_SHORTAGES(language), 10)


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _one_decimal(value: float) -> str:
    return f"{value:.1f}"


def _three(spread: Spread | None, shown: Callable[[float], str]) -> tuple[str, str, str]:
    if spread is None:
        return ("", "", "")
    return (shown(spread.least), shown(spread.mean), shown(spread.most))


def _shortage_pages(figures: PlanFigures, language: Language) -> list[Draw]:
    """A table over as many pages as it takes; none where there is no shortage."""
    if not figures.shortages:
        return []
    columns = (
        TableColumn("", 0.7, "center"),
        TableColumn(phrases.EXAM_POINT(language), 1.6),
        TableColumn(phrases.SITTING(language), 1.1, "center"),
        TableColumn(phrases.NEEDED(language), 1, "right"),
        TableColumn(phrases.USABLE(language), 1, "right"),
        TableColumn(phrases.SHORT(language), 0.9, "right"),
        TableColumn(phrases.REPAIR(language), 4.5, size=9),
    )
    rows = [
        (s.shortage_id, s.exam_point, s.sitting, f"{s.needed:,}", f"{s.seats:,}", f"{s.short:,}",
         s.repair_zh if language is Language.ZH else s.repair_en)
        for s in figures.shortages
    ]  # fmt: skip
    inner, body = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 44
    table = Table(columns, rows, inner)

    def draw(page: Page, part: range) -> None:
        y = _part(page, page.top, phrases.SHORTAGES, language)
        table.draw(page, page.left, y, part)

    return [partial(draw, part=part) for part in table.split(body, body)]


# ---------------------------------------------------------------- map


def _map(page: Page, *, places: Sequence[Place], language: Language) -> None:
    """Exam points where they lie: an equirectangular map, true to scale at its middle."""
    y = _part(page, page.top, phrases.MAP, language)
    note = phrases.MAP_NOTE(language)
    y = page.text(page.left, y, page.inner, note, 9, lines=2, grey=GREY) + 6
    height = page.bottom - y
    page.box(page.left, y, page.inner, height, weight=0.4)
    if not places:
        return
    middle = sum(p.latitude for p in places) / len(places)
    squeeze = math.cos(math.radians(middle))
    xs = [p.longitude * squeeze for p in places]
    ys = [-p.latitude for p in places]
    pad = 16 * MM
    span_x, span_y = max(xs) - min(xs) or 0.1, max(ys) - min(ys) or 0.1
    scale = min((page.inner - 2 * pad) / span_x, (height - 2 * pad) / span_y)
    left = page.left + (page.inner - span_x * scale) / 2
    top = y + (height - span_y * scale) / 2
    most = max(p.candidates for p in places) or 1
    taken: list[tuple[float, float, float, float]] = []
    order = sorted(range(len(places)), key=lambda i: (-places[i].candidates, places[i].name))
    spots = []
    for i in order:
        x, at = left + (xs[i] - min(xs)) * scale, top + (ys[i] - min(ys)) * scale
        radius = max(1.5, 7 * MM * math.sqrt(places[i].candidates / most))
        spots.append((x, at, radius, places[i]))
    for x, at, radius, _ in spots:
        page.dot(x, at, radius)
    for x, at, radius, place in spots:
        label = printable(f"{place.name} {place.candidates:,}")
        long = width(label, 8)
        for dx, dy in ((radius + 2, -5), (-radius - 2 - long, -5), (-long / 2, radius + 1),
                       (-long / 2, -radius - 12)):  # fmt: skip
            box = (x + dx, at + dy, x + dx + long, at + dy + 10)
            inside = box[0] > page.left and box[2] < page.right and box[3] < page.bottom
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                page.line(box[0], box[1], label, 8)
                break
    _scale_bar(page, page.bottom - 9 * MM, scale)


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _scale_bar(page: Page, y: float, scale: float) -> None:
    """How long 1, 2 or 5 times a power of ten kilometres are; a degree has 111.2 km."""
    per_km = scale / 111.195
    km = max(
        (f * 10**e for e in range(-1, 5) for f in (1, 2, 5) if f * 10**e * per_km < 45 * MM),
        default=1,
    )
    x = page.left + 6 * MM
    page.rule(x, y, x + km * per_km, y, weight=1.2)
    for at in (x, x + km * per_km):
        page.rule(at, y - 3, at, y + 3, weight=0.8)
    page.line(x + km * per_km + 6, y - 6, f"{km:g} km", 8.5)


# ---------------------------------------------------------------- heat map

_NAME = 62 * MM


def _heat_pages(exam: Exam, figures: PlanFigures, language: Language) -> list[Draw]:
    body = A4[0] - 2 * MARGIN - 16 - 24 - 30
    fitting = max(1, int(body / _ROW))
    parts = [
        range(i, min(i + fitting, len(figures.centers)))
        for i in range(0, max(1, len(figures.centers)), fitting)
    ]

    def draw(page: Page, part: range) -> None:
        y = _part(page, page.top, phrases.HEAT, language)
        w = (page.inner - _NAME) / max(1, len(figures.sessions))
        for j, (sitting, subject) in enumerate(figures.sessions):
            x = page.left + _NAME + j * w
            if j == 0 or figures.sessions[j - 1][0] != sitting:
                page.line(x + 2, y, sitting, 9, font=BOLD)
                page.rule(x, y, x, y + 28 + _ROW * len(part), weight=0.8)
            name = subject_name(exam, subject)
            page.boxed(x, y + 11, w, 16, f"{subject} {name}", 7.5, floor=5, lines=2, padding=1)
        y += 28
        for i in part:
            center_id, name, loads = figures.centers[i]
            page.text(page.left, y + 1, _NAME - 4, f"{center_id}  {name}", 8.5, floor=6)
            for j, session in enumerate(figures.sessions):
                load = loads.get(session)
                if load is not None:
                    _heat(page, page.left + _NAME + j * w, y, w, load)
            y += _ROW

    return [partial(draw, part=part) for part in parts]


def _heat(page: Page, x: float, y: float, w: float, load: Load) -> None:
    """One cell: the fuller the darker; the figure in white on dark."""
    grey = 1 - 0.75 * min(1.0, load.share)
    page.box(x + 0.5, y + 0.5, w - 1, _ROW - 1, weight=0, fill=grey)
    ink = 1.0 if grey < 0.5 else 0.0
    shown = f"{load.share:.0%}" if load.occupied else "–"
    page.line(x + w / 2, y + 1.5, shown, 7.5, align="center", grey=ink if load.occupied else LINE)


# ---------------------------------------------------------------- workbook


def plan_report_workbook(
    facts: PublishedFacts, figures: PlanFigures, language: Language = Language.ZH
) -> bytes:
    """The same figures as sheets; shares are coloured."""
    book = Workbook(f"{facts.exam.name_zh} {phrases.REPORT(language)}")
    version = texts(language).version.format(version=facts.plan_version, hash=facts.root_hash[:12])

    def sheet(
        phrase: phrases.Phrase, heads: Sequence[str], rows: Sequence[Sequence[str | int | float]],
        widths: Sequence[float], *, scale: Sequence[int] = (), landscape: bool = False,
    ) -> None:  # fmt: skip
        book.sheet(
            phrase(language), f"{facts.exam.name_zh}  {phrase(language)}  {version}", heads, rows,
            widths, scale_columns=scale, landscape=landscape,
        )  # fmt: skip

    def words(*some: phrases.Phrase) -> list[str]:
        return [phrase(language) for phrase in some]

    p = phrases
    goals = [
        (f"{n}. {p.GOAL_NAMES[n](language)}", value, bound, gap, unit, status)
        for n, value, bound, gap, unit, status in figures.goals
    ]
    sheet(
        p.GOALS,
        words(p.GOAL, p.VALUE, p.BOUND, p.GAP, p.UNIT, p.STATUS),
        goals,
        [32, 14, 14, 10, 12, 14],
    )
    dates = [(s, name, n, load.seats, load.share) for s, name, n, load in figures.dates]
    sheet(
        p.LOAD, words(p.SITTING, p.DATE, p.CANDIDATES, p.USABLE, p.USED), dates,
        [10, 24, 12, 12, 12], scale=[4],
    )  # fmt: skip
    busiest = [(n, s, load.occupied, load.seats, load.share) for n, s, load in figures.busiest]
    sheet(
        p.BUSIEST, words(p.EXAM_POINT, p.SESSION, p.CANDIDATES, p.USABLE, p.USED), busiest,
        [24, 10, 12, 12, 12], scale=[4],
    )  # fmt: skip
    heads = words(p.CENTER, p.NAME) + [f"{s}-{subject}" for s, subject in figures.sessions]
    heat: list[list[str | int | float]] = []
    for center_id, name, loads in figures.centers:
        shares = [loads[s].share if s in loads else "" for s in figures.sessions]
        heat.append([center_id, name, *shares])
    columns = range(2, 2 + len(figures.sessions))
    sheet(p.HEAT, heads, heat, [14, 30, *(8 for _ in columns)], scale=list(columns), landscape=True)
    if figures.travel is not None:
        total = figures.travel.count
        bands = [
            (f"{low}–{high}" if high is not None else f"≥ {low}", count, count / total)
            for low, high, count in figures.travel.bands
        ]
        sheet(p.TRAVEL, [*words(p.KILOMETRES, p.CANDIDATES), "%"], bands, [14, 14, 10])
    points = [(q.name, str(q.latitude), str(q.longitude), q.candidates) for q in figures.places]
    sheet(p.MAP, [*words(p.EXAM_POINT), "latitude", "longitude", *words(p.CANDIDATES)], points,
          [24, 14, 14, 12])  # fmt: skip
    lacks = [
        (s.shortage_id, s.exam_point, s.sitting, s.needed, s.seats, s.short,
         s.repair_zh if language is Language.ZH else s.repair_en)
        for s in figures.shortages
    ]  # fmt: skip
    sheet(
        p.SHORTAGES,
        ["", *words(p.EXAM_POINT, p.SITTING, p.NEEDED, p.USABLE, p.SHORT, p.REPAIR)], lacks,
        [8, 20, 12, 10, 10, 10, 60], landscape=True,
    )  # fmt: skip
    return book.content()
