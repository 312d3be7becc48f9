"""Invented names and identity documents; any likeness to a living person is chance.

The numbers are well-formed so that the checks have something to accept: correct check digits,
regions of Heilongjiang, unique per type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from scheduler.sample.demand import Demand
from scheduler.sample.drawing import Integers, choose, spread

SURNAMES: Final = tuple(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
    "顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
COMPOUND_SURNAMES: Final = ("欧阳", "上官", "司马", "诸葛", "尉迟", "令狐", "东方", "皇甫")
COMMON_SURNAME_WEIGHT: Final = 40
"""Weight of a surname of one character against one of two."""

GIVEN: Final = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红建文辉力健慧宁婷雪琳晨宇轩"
    "浩然思雨佳怡欣悦梓涵诗雅梅春秋冬海波江河山林森松柏岩峰岭川志国庆民安康福禄寿喜乐"
    "天地星月光阳晓东南西北中和顺利成功立新永长远智信义仁礼德贤良善美"
)
RARE_GIVEN: Final = ("䶮", "㛃", "喆", "堃", "犇", "翀", "龑", "祎", "旻", "赟", "𬭎", "𫖯", "𬱖")
"""Characters that fonts and old encodings are known to lose."""

MINORITY_FIRST: Final = ("阿依娜", "乌日娜", "额尔敦", "巴图", "其木格", "萨仁", "苏合", "娜仁")
MINORITY_LAST: Final = ("莫日根", "敖拉", "郭博勒", "孟和", "呼和", "朝鲁", "托娅", "关布")

RARE_NAME_PER_MILLE: Final = 8
MINORITY_NAME_PER_MILLE: Final = 6
SINGLE_GIVEN_PER_MILLE: Final = 150

BORN_AT_POINT_PER_MILLE: Final = 800
HMT_REGIONS: Final = (810000, 820000, 830000)
FOREIGN_COUNTRIES: Final = {"KOR": 410, "RUS": 643, "JPN": 392}
FOREIGN_PREFIX: Final = 923
"""The new card starts with 9; 23, the province, is assumed to follow."""

FIRST_BIRTHDAY: Final = np.datetime64("1962-01-01")
LAST_BIRTHDAY: Final = np.datetime64("2000-12-31")

DOCUMENT_WEIGHTS: Final = {
    "resident": 9850, "hmt_residence": 30, "hk_macau_permit": 20, "taiwan_permit": 20,
    "foreign_pr": 20, "military": 60,
}  # fmt: skip
FEWEST_OF_A_TYPE: Final = 2

CHECK_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS: Final = "10X98765432"
"""GB 11643-1999 (ISO 7064 MOD 11-2): character by remainder."""


def draw_names(size: int, rng: np.random.Generator) -> list[str]:
    """Names: most Han, some with a compound surname or a rare character, some with a dot."""
    surnames = (*SURNAMES, *COMPOUND_SURNAMES)
    weights = [COMMON_SURNAME_WEIGHT if len(s) == 1 else 1 for s in surnames]
    family = np.array(surnames)[choose(weights, size, rng)]
    given = np.array(GIVEN)
    first = given[rng.integers(len(GIVEN), size=size)]
    second = given[rng.integers(len(GIVEN), size=size)]
    second[rng.integers(1000, size=size) < SINGLE_GIVEN_PER_MILLE] = ""
    rare = rng.integers(1000, size=size) < RARE_NAME_PER_MILLE
    first[rare] = np.array(RARE_GIVEN)[rng.integers(len(RARE_GIVEN), size=int(rare.sum()))]
    names = np.strings.add(np.strings.add(family, first), second)
    dotted = np.flatnonzero(rng.integers(1000, size=size) < MINORITY_NAME_PER_MILLE)
    out: list[str] = names.tolist()
    for person in dotted.tolist():
        head = MINORITY_FIRST[int(rng.integers(len(MINORITY_FIRST)))]
        tail = MINORITY_LAST[int(rng.integers(len(MINORITY_LAST)))]
        out[person] = f"{head}·{tail}"
    return out


def draw_documents(demand: Demand, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Type and number of every candidate's document, unique together."""
    size = len(demand)
    kinds = list(DOCUMENT_WEIGHTS)
    counts = spread(list(DOCUMENT_WEIGHTS.values()), size, rng)
    counts[1:] = np.maximum(counts[1:], FEWEST_OF_A_TYPE)
    counts[0] = size - counts[1:].sum()
    kind = rng.permutation(np.repeat(np.arange(len(kinds)), counts))
    birthdays = _birthdays(size, rng)
    numbers = np.full(size, "", dtype="U18")

    resident = np.flatnonzero(kind == 0)
    region = _birth_regions(demand, rng)
    numbers[resident] = _personal_numbers(region[resident], birthdays[resident])

    hmt = np.flatnonzero(kind == kinds.index("hmt_residence"))
    hmt_region = np.array(HMT_REGIONS)[np.arange(len(hmt)) % len(HMT_REGIONS)]
    numbers[hmt] = _personal_numbers(hmt_region, birthdays[hmt])

    simple: dict[str, Callable[[int, int], str]] = {
        "hk_macau_permit": lambda i, n: f"{'HM'[i % 2]}{n}",
        "taiwan_permit": lambda _, n: f"{n}",
        "military": lambda i, n: f"{'军士文'[i % 3]}字第{n}号",
    }
    for name, write in simple.items():
        people = np.flatnonzero(kind == kinds.index(name))
        serials = _serials(len(people), rng)
        numbers[people] = [write(i, n) for i, n in enumerate(serials)]

    foreign = np.flatnonzero(kind == kinds.index("foreign_pr"))
    numbers[foreign] = _foreign_cards(birthdays[foreign], rng)
    return [kinds[k] for k in kind.tolist()], numbers.tolist()


def _birthdays(size: int, rng: np.random.Generator) -> Integers:
    """Dates of birth as whole numbers YYYYMMDD."""
    days = int((LAST_BIRTHDAY - FIRST_BIRTHDAY).astype(np.int64)) + 1
    all_days = [
        int(str(FIRST_BIRTHDAY + np.timedelta64(day, "D")).replace("-", "")) for day in range(days)
    ]
    return np.array(all_days)[rng.integers(days, size=size)]


def _birth_regions(demand: Demand, rng: np.random.Generator) -> Integers:
    """Most people were born where they register, the others anywhere."""
    regions = demand.facts.regions
    everywhere = np.array(sorted({code for codes in regions.values() for code in codes}))
    region = everywhere[rng.integers(len(everywhere), size=len(demand))]
    at_point = rng.integers(1000, size=len(demand)) < BORN_AT_POINT_PER_MILLE
    for index, point in enumerate(demand.facts.points):
        near = np.array(regions[point.exam_point])
        people = np.flatnonzero(at_point & (demand.point == index))
        region[people] = near[rng.integers(len(near), size=len(people))]
    return region


def _personal_numbers(region: Integers, birthday: Integers) -> list[str]:
    """18 characters: region, date of birth, order, check; people of one day counted through.

    Raises:
        ValueError: more than 999 people share region and date of birth.
    """
    key = region * 10**8 + birthday
    order = np.argsort(key, kind="stable")
    new = np.diff(key[order], prepend=-1) != 0
    starts = np.flatnonzero(new)
    within = np.arange(len(key)) - starts[np.cumsum(new) - 1]
    if len(within) and within.max() >= 999:
        raise ValueError("more people of one region and date of birth than order numbers")
    rank = np.empty_like(key)
    rank[order] = within
    # Any start will do; a fixed stride keeps the order numbers from all being 001.
    sequence = (rank + key * 7) % 999 + 1
    return _with_check_character(key * 1000 + sequence)


def _with_check_character(body: Integers) -> list[str]:
    """Append the MOD 11-2 character to numbers of 17 digits."""
    remainder = np.zeros_like(body)
    rest = body.copy()
    for weight in reversed(CHECK_WEIGHTS):
        remainder += rest % 10 * weight
        rest //= 10
    check = (remainder % 11).tolist()
    return [f"{n}{CHECK_CHARACTERS[r]}" for n, r in zip(body.tolist(), check, strict=True)]


def _foreign_cards(birthday: Integers, rng: np.random.Generator) -> list[str]:
    """Both forms in turn: 15 characters to 2023, 18 since (how its digits split is assumed)."""
    index = np.arange(len(birthday))
    letters = np.array(list(FOREIGN_COUNTRIES))[index % len(FOREIGN_COUNTRIES)]
    numeric = np.array(list(FOREIGN_COUNTRIES.values()))[index % len(FOREIGN_COUNTRIES)]
    new_form = _personal_numbers(FOREIGN_PREFIX * 1000 + numeric, birthday)
    old_form = [f"{c}2301{n}" for c, n in zip(letters, _serials(len(index), rng), strict=True)]
    return [new if i % 2 else old for i, new, old in zip(index, new_form, old_form, strict=True)]


def _serials(count: int, rng: np.random.Generator) -> list[int]:
    """Different numbers of eight digits in no visible order (for up to 89 million people)."""
    # A prime step does not divide the range, so it meets every number before one comes twice.
    span, step = 89_999_999, 1_299_709
    start = int(rng.integers(span))
    return [10_000_000 + (start + i * step) % span for i in range(count)]
