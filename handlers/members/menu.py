"""The menu's digits, as the FAQ's own help text (HELP-01) lists them."""

MENU: dict[int, tuple[str, ...]] = {
    1: ("hoi_vien", "hoi_phi"),
    2: ("vay_von",),
    3: ("htx_khoi_nghiep", "ocop"),
    4: ("bao_luc", "lua_dao"),
    5: ("thai_san_bhyt",),
    6: ("tre_em",),
    7: ("su_kien", "phong_trao"),
}
"""Digits that open topics: the member is shown their questions."""

FEEDBACK = 8  # To a person: something to say rather than to ask.
SETTINGS = 9
HIGHEST = 9
