"""The words of the test page's script, once per language."""

import json
from collections.abc import Callable
from functools import lru_cache

from flask_babel import force_locale, gettext
from markupsafe import Markup

_: Callable[..., str] = gettext


@lru_cache(maxsize=8)
def take_words(lang: str) -> Markup:
    """JSON for a `<script type="application/json">`; the script fills in `{name}`."""
    with force_locale("en" if lang == "en" else "zh_Hans_CN"):
        text = json.dumps(_words(), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  no tag can start


def _words() -> dict[str, str]:
    return {
        "saved": _("已保存 {at}"),
        "saving": _("正在保存"),
        "offline": _("已离线，{n} 题在本机"),
        "failing": _("没存上，正在重试"),
        "kept": _("{n} 题在本机"),
        "offline_title": _("网络断了，可以接着答。"),
        "offline_more": _("{items}先存在这台设备上，连上后自动补交。计时以服务器为准，不会停。"),
        "offline_none": _("答案会先存在这台设备上，连上后自动补交。计时以服务器为准，不会停。"),
        "no_storage": _("这台设备的浏览器存不下答案，断网时答案可能会丢。"),
        "no_storage_more": _(
            "请保持联网，看到“已保存”再关页面。不要用无痕窗口，或者清出一些空间后刷新。"
        ),
        "offline_items": _("第 {items} 题"),
        "refused": _("第 {n} 题没有存上。"),
        "comma": _("、"),
        "blank": _("未作答"),
        "yes": _("对"),
        "no": _("错"),
        "to_item": _("第 {n} 题"),
        "is_done": _("已答"),
        "is_open": _("未答"),
        "is_flag": _("已标记"),
        "is_local": _("还在本机"),
        "join": _("，"),
        "tally": _("已答 {done} / {all}"),
        "tally_more": _("标记 {flags}，未答 {open}"),
        "chars": _("{n} / {most} 字"),
        "next": _("下一题"),
        "review": _("检查并交卷"),
        "soon": _("不足 5 分钟"),
        "last": _("即将自动交卷"),
        "say_5": _("还剩 5 分钟"),
        "say_1": _("还剩 1 分钟，到时自动交卷"),
        "until": _("{at} 自动交卷"),
        "closes": _("{at} 关闭"),
        "overtime": _("时间到了，正在交卷"),
        "open_title": _("还有 {n} 题没有作答："),
        "open_none": _("{n} 题都答了。"),
        "flag_title": _("做了标记的题："),
        "local_title": _("{n} 题还没有送到服务器，交卷时一起送。"),
        "clash_title": _("这些题在另一个窗口改过，先选用哪一个："),
        "no_return": _("交卷后不能再改。"),
        "handing": _("正在交卷"),
        "hand_offline": _("网络断了。答案都在这台设备上，连上后会接着交卷，请不要关掉这一页。"),
        "hand_failed": _("没有交成：{why}"),
        "ended_done": _("答案已经收下。"),
        "ended_time": _(
            "答题时间到了，按最后保存的答案交卷。晚到的答案也留着，由培训师决定算不算。"
        ),
        "again_failed": _("没有连上，请再试一次。"),
        "again_other": _("这里不能直接登录，请按“在新窗口登录”，登录后回到这一页。"),
        "left": _("{at} 离开过答题页 {n} 秒。已记录，不影响分数。"),
        "copied": _("{at} 复制了页面文字。已记录，不影响分数。"),
        "pasted": _("{at} 粘贴了文字。已记录，不影响分数。"),
    }
