"""What is said about a mistake in a file: one place for every code, in Chinese and English.

Every text names what is there and what to do. Keys are a code, or a code and a variant
(`E000.tab`); readers of the output see the code alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, Literal

LANGS: Final = ("zh-CN", "en")
Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a file; `line` and `col` count from 1, `col` in characters."""

    line: int
    col: int
    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    file: str = ""

    @property
    def code(self) -> str:
        """The published code, such as `E301`."""
        return self.key.partition(".")[0]

    @property
    def level(self) -> Level:
        """`error` stops loading, `warning` does not."""
        return "error" if self.key.startswith("E") else "warning"

    @property
    def is_style(self) -> bool:
        """A finding of the item-writing lint: about how an item is written, not about the file."""
        return self.key.startswith("W5")

    def message(self, lang: str = "zh-CN") -> str:
        """The sentence with the cure, in zh-CN or en."""
        template = MESSAGES[self.key][0 if lang == "zh-CN" else 1]
        return filled(template, self.params, lang)

    def line_of_text(self, lang: str = "zh-CN") -> str:
        """`FILE:LINE:COL: CODE message`."""
        return f"{self.file}:{self.line}:{self.col}: {self.code} {self.message(lang)}"

    def in_file(self, name: str) -> "Problem":
        """The same finding with the name of its file."""
        return replace(self, file=name)

    def __str__(self) -> str:
        return self.line_of_text()

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Sorting key: by place, then by code."""
        return (self.file, self.line, self.col, self.key)


@dataclass(frozen=True, slots=True)
class Where:
    """Another place: a line of the same file, or of another one."""

    line: int
    file: str = ""

    def said(self, lang: str) -> str:
        """As the sentence of that language has it."""
        if self.file:
            return f" {self.file}:{self.line}" if lang == "zh-CN" else f"{self.file}:{self.line}"
        return f"第 {self.line} 行" if lang == "zh-CN" else f"line {self.line}"


def problem(key: str, line: int, col: int, /, **params: object) -> Problem:
    """A finding; `key` must be in MESSAGES."""
    return Problem(line, col, key, params)


def show_points(value: Fraction) -> str:
    """Points as people write them: 2.5, 30; what has no end as 10/3."""
    if value.denominator == 1:
        return str(value.numerator)
    for digits in range(1, 9):
        scaled = value * 10**digits
        if scaled.denominator == 1:
            return f"{scaled.numerator / 10**digits:.{digits}f}"
    return str(value)


SHOWN_MOST: Final = 60


def filled(template: str, params: Mapping[str, object], lang: str) -> str:
    """A message's template with what it names; long values are cut."""
    return template.format(**{name: _shown(value, lang) for name, value in params.items()})


def _shown(value: object, lang: str) -> str:
    if isinstance(value, Fraction):
        return show_points(value)
    if isinstance(value, Where):
        return value.said(lang)
    if isinstance(value, tuple):
        return ("、" if lang == "zh-CN" else ", ").join(_shown(part, lang) for part in value)
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN_MOST else text[: SHOWN_MOST - 1] + "…"


def most_telling(problems: list[Problem], *, at_most: int = 100) -> tuple[Problem, ...]:
    """Sorted by place and cut; warnings never push an error out."""
    if len(problems) > at_most:
        errors_first = sorted(problems, key=lambda p: (p.level != "error", p.order))
        problems = errors_first[:at_most]
    return tuple(sorted(problems, key=lambda p: p.order))


MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    # Reading: the first of these ends the reading of its file.
    "E000": (
        "这里不是正确的 YAML。检查这一行和上一行的缩进、冒号和引号",
        "Not valid YAML here. Check indentation, colons and quotes on this line and the one above",
    ),
    "E000.encoding": (
        "文件是 {encoding} 编码。另存为 UTF-8，或用 bank import 转换",
        "The file is encoded as {encoding}. Save it as UTF-8, or convert it with bank import",
    ),
    "E000.bytes": (
        "这里的字节不是 UTF-8 文字。用编辑器把文件另存为 UTF-8",
        "These bytes are not UTF-8 text. Save the file as UTF-8 in your editor",
    ),
    "E000.invisible": (
        "这里有一个看不见的字符 {character}。删掉它，换行请用回车",
        "There is an invisible character {character} here. Delete it; break lines with Enter",
    ),
    "E000.tab": (
        "缩进里有制表符（Tab）。换成空格",
        "A tab is used for indentation. Use spaces instead",
    ),
    "E000.indent": (
        "这一行的缩进对不上。同一层的字段要从同一列开始",
        "This line is not indented like its neighbours. Fields of one level start in one column",
    ),
    "E000.colon": (
        "文字里的半角冒号加空格被当成了新字段。给整段文字加引号，或改用全角冒号：",
        "A colon and a space inside a text start a new field. Put the whole text in quotes",
    ),
    "E000.tight": (
        "“{key}:”后面少一个空格。写成 {key}: 加空格再写值",
        'A space is missing after "{key}:". Write the value after a colon and a space',
    ),
    "E000.nokey": (
        "这一行没有“字段: 值”。补上字段名和半角冒号加空格；若是上一行的续行，请多缩进",
        (
            "This line is no `field: value`. Add the field and a colon with a space; indent it more"
            " if it continues the line above"
        ),
    ),
    "E000.sign": (
        "文字以 {sign} 开头，YAML 会当成特殊符号。给整段文字加引号",
        "The text begins with {sign}, which is special in YAML. Put the whole text in quotes",
    ),
    "E000.quote": (
        "引号 {sign} 在开头，引号关上之后又有文字。整段外面再加一层引号，或改用“ ”",
        (
            "The text begins with {sign} and goes on after the closing quote. Quote the whole text"
            " with the other kind of quote"
        ),
    ),
    "E000.bracket": (
        "文字以 {sign} 开头，被当成了列表或字段组，后面又有文字。给整段文字加引号",
        (
            "The text begins with {sign}, so it was read as a list or map, and more text follows."
            " Put the whole text in quotes"
        ),
    ),
    "E000.unclosed": (
        "这里的引号没有关上。补上 {sign}",
        "This quote is never closed. Add {sign}",
    ),
    "E000.escape": (
        "双引号里的反斜杠看不懂。反斜杠写成 \\\\，或改用单引号",
        "A backslash in double quotes has no meaning here. Write \\\\, or use single quotes",
    ),
    "E000.flow": (
        "括号里的写法看不懂：少了逗号或右括号，或者文字里有冒号、逗号。给文字加引号，或改成多行",
        (
            "Cannot read what is in the brackets: a comma or a bracket is missing, or a text has"
            " a colon or comma. Quote the text, or use several lines"
        ),
    ),
    "E000.comment": (
        "上一行从“ #”起被当作注释，这一行接不上。给上面的文字加引号",
        'The line above ends at " #" (a comment), so this line cannot continue it. Quote that text',
    ),
    "E000.key": (
        "字段名的位置上是列表或花括号。文字以 {{ 或 [ 开头时请加引号",
        "A list or map stands where a field name belongs. Quote a text that begins with {{ or [",
    ),
    "E010": (
        "文件有 {size} MiB，最多 {most} MiB。拆成几个题库文件",
        "The file has {size} MiB; {most} MiB is the most. Split it into several banks",
    ),
    "E011": (
        "嵌套超过 {most} 层。检查括号和缩进",
        "Nested deeper than {most} levels. Check brackets and indentation",
    ),
    "E012": (
        "这段文字有 {length} 个字符，最多 {most} 个。拆短，或移到课程资料里",
        "This text has {length} characters; {most} is the most. Shorten it or move it to a lesson",
    ),
    "E013": (
        "文件内容超过 {most} 项。拆成几个题库文件",
        "The file holds more than {most} values. Split it into several banks",
    ),
    "E020": (
        "键“{key}”重复。第一次出现在第 {first} 行",
        'Key "{key}" is repeated. It first stands on line {first}. Keep one of them',
    ),
    "E030.alias": (
        "以 {sign} 开头会被当成 YAML 的引用或标签，题库里不能用。是文字就加引号",
        "{sign} begins a YAML anchor, alias or tag; none is allowed here. Quote it if it is text",
    ),
    "E030.merge": (
        "题库里不能用 <<（合并）。把要用的字段写全",
        "<< (merge) is not allowed here. Write the fields out",
    ),
    "E030.documents": (
        "一个文件只能有一份内容，这里用 --- 又开了一份。分成两个文件",
        "One file holds one document; --- starts a second one here. Make it two files",
    ),
    "E030.directive": (
        "题库里不能用 %TAG。删掉这一行",
        "%TAG is not allowed here. Delete the line",
    ),
    # Shape.
    "E101": (
        "不认识的字段“{key}”。是不是 {hint}？",
        'Unknown field "{key}". Did you mean {hint}?',
    ),
    "E101.list": (
        "不认识的字段“{key}”。这里可以写：{known}",
        'Unknown field "{key}". These are known here: {known}',
    ),
    "E101.comma": (
        "“{key}”成了一个空字段：花括号里的逗号把文字断开了。给整段文字加引号",
        '"{key}" became an empty field, because a comma in braces ends a text. Quote the text',
    ),
    "E101.language": (
        "“{key}”不是语言代码。写 zh-CN、en 这样的代码；文字以 {{ 开头时请加引号",
        (
            '"{key}" is no language code. Write one such as zh-CN or en; quote a text that begins'
            " with {{"
        ),
    ),
    "E101.kind": (
        "活动类型 {kind} 用不到字段“{key}”。删掉它，或改 kind: {hint}",
        'An activity of kind {kind} has no field "{key}". Delete it, or write kind: {hint}',
    ),
    "E102": (
        (
            "没有写明文件种类。第一行写 schema: qbank/1（题库）、track/1（培训路径）或 framework/1"
            "（能力模型）"
        ),
        (
            "Which kind of file is this? Begin with schema: qbank/1 (item bank), track/1 (training"
            " track) or framework/1 (competency framework)"
        ),
    ),
    "E102.unknown": (
        "不认识的 schema“{value}”。写 {hint}",
        'Unknown schema "{value}". Write {hint}',
    ),
    "E103.missing": (
        "缺少字段 {key}。补上 {key}: …",
        "The field {key} is missing. Add {key}: …",
    ),
    "E103.empty": (
        "“{key}”是空的。写上内容，或删掉这一行",
        '"{key}" is empty. Fill it in, or delete the line',
    ),
    "E103.hash": (
        "“{key}”以 # 开头，整段被当成注释，什么都没有留下。给整段文字加引号",
        '"{key}" begins with #, so all of it is a comment and nothing is left. Quote the text',
    ),
    "E103.text": (
        "“{key}”要写一段文字，这里是列表或字段组。文字以 [ 或 {{ 开头、或含“: ”时，给整段加引号",
        (
            '"{key}" wants a text, and here is a list or map. Quote a text that begins with [ or'
            " {{, or that has a colon and a space"
        ),
    ),
    "E103.braces": (
        "“{key}”以 {{ 开头，被当成了字段组。给整段文字加引号",
        '"{key}" begins with {{, so it was read as a map. Put the whole text in quotes',
    ),
    "E103.map": (
        "“{key}”下面要写“字段: 值”，这里不是",
        '"{key}" wants lines of `field: value`, and here is something else',
    ),
    "E103.list": (
        "“{key}”要写成列表，例如 [{example}]，或每行以 - 开头",
        '"{key}" wants a list, such as [{example}], or lines that begin with -',
    ),
    "E103.count": (
        "“{key}”有 {count} 个，只能有 {least} 到 {most} 个",
        '"{key}" has {count} entries; between {least} and {most} are allowed',
    ),
    "E103.twice": (
        "“{key}”里 {value} 写了两次。留一个",
        '{value} stands twice in "{key}". Keep one',
    ),
    "E103.points": (
        "“{key}”要写分值，这里是“{value}”。写大于 0 的半角数字，最多两位小数，例如 5 或 2.5",
        (
            '"{key}" wants points, and here is "{value}". Write a number above 0 with at most two'
            " decimal places, such as 5 or 2.5"
        ),
    ),
    "E103.integer": (
        "“{key}”要写 {least} 到 {most} 的整数，这里是“{value}”",
        '"{key}" wants a whole number from {least} to {most}, and here is "{value}"',
    ),
    "E103.number": (
        "“{key}”要写 {least} 到 {most} 的数字，这里是“{value}”",
        '"{key}" wants a number from {least} to {most}, and here is "{value}"',
    ),
    "E103.above": (
        "“{key}”要大于前面的 {value}",
        '"{key}" must be above {value} before it',
    ),
    "E103.letters": (
        "“{key}”要写成 A: 文字、B: 文字，每行一个字母",
        '"{key}" wants lines of a letter and a text, such as A: text',
    ),
    "E103.group": (
        "没有分组“{value}”。可写：{known}",
        'There is no group "{value}". Known: {known}',
    ),
    "E103.flag": (
        "“{key}”只能写 true 或 false，这里是“{value}”",
        '"{key}" is true or false, and here is "{value}"',
    ),
    "E103.choice": (
        "“{key}”不认识“{value}”。是不是 {hint}？可写：{known}",
        '"{key}" does not know "{value}". Did you mean {hint}? Known: {known}',
    ),
    "E103.choices": (
        "“{key}”不认识“{value}”。可写：{known}",
        '"{key}" does not know "{value}". Known: {known}',
    ),
    "E103.slug": (
        "“{key}”的写法“{value}”不行：只用小写字母、数字和 . _ -，以字母或数字开头，最多 64 个字符",
        (
            '"{key}" cannot be "{value}": use a-z, 0-9 and . _ - only, begin with letter or digit,'
            " 64 characters at most"
        ),
    ),
    "E103.reserved": (
        "编号“{value}”是网站页面的地址，题库不能叫这个。加上内容，例如 {value}-bank",
        'A page of the site has the address "{value}". Give the bank another id: {value}-bank',
    ),
    "E103.form": (
        "“{key}”看不懂“{value}”。写成 {example}",
        '"{key}" cannot be "{value}". Write it like {example}',
    ),
    "E103.long": (
        "“{key}”有 {length} 个字符，最多 {most} 个",
        '"{key}" has {length} characters; {most} is the most',
    ),
    "E103.type": (
        "没有写题型。写 type: single、multi、true_false 或 short",
        "The item type is missing. Write type: single, multi, true_false or short",
    ),
    "E103.options": (
        "选择题没有选项。写 options，从 A 起每行一项",
        "A choice item has no options. Write options, one a line, from A on",
    ),
    "E103.pointless": (
        "{type} 题用不到字段“{key}”。删掉它，或改 type",
        'An item of type {type} has no "{key}". Delete it, or change the type',
    ),
    "E103.need": (
        "need 是 {need}，可是只有 {count} 组关键词。把 need 改为 {count} 以内，或增加关键词",
        "need is {need}, but there are {count} keyword groups. Lower need, or add keywords",
    ),
    "E103.bank_id": (
        "id 写成了 {value}，而这个题库是 {slug}。改回 id: {slug}；要另建一个题库，请用“新建题库”",
        "The id says {value}, but this bank is {slug}. Write id: {slug}; for another bank, use New",
    ),
    "E103.pass": (
        "及格线 {value} 分高于全卷 {total} 分。改小，或写成百分比如 60%",
        "The pass mark of {value} points is above the paper's {total}. Lower it, or write 60%",
    ),
    "E103.reference": (
        "“{key}”里的“{value}”不存在。是不是 {hint}？",
        '"{value}" in "{key}" does not exist. Did you mean {hint}?',
    ),
    "E103.references": (
        "“{key}”里的“{value}”不存在。可写：{known}",
        '"{value}" in "{key}" does not exist. Known: {known}',
    ),
    "E104": (
        "“{key}”后面是全角冒号。改成半角冒号加空格，例如 {key}: …",
        '"{key}" is followed by a full-width colon. Write an ordinary colon and a space',
    ),
    # Ids and references.
    "E201": (
        "编号“{id}”重复。第一次出现在{first}。请换一个新编号",
        'The id "{id}" is used twice (first: {first}). Choose a new one',
    ),
    "E202": (
        "能力模型里没有“{slug}”。是不是 {hint}？",
        'The framework has no competency "{slug}". Did you mean {hint}?',
    ),
    "E202.list": (
        "能力模型里没有“{slug}”。可写：{known}",
        'The framework has no competency "{slug}". Known: {known}',
    ),
    # Items.
    "E211": (
        "选项字母要从 A 起依次写：这里应是 {want}，写的是 {letter}",
        "Option letters run from A without gaps: {want} belongs here, not {letter}",
    ),
    "E211.many": (
        "选项最多 10 个（A 到 J），这里是第 {count} 个“{letter}”。删去多余的选项",
        'At most 10 options (A to J); "{letter}" is number {count}. Delete some',
    ),
    "E212": (
        "选项 {letter} 与选项 {first} 文字相同。改写其中一个",
        "Option {letter} has the same text as option {first}. Rewrite one of them",
    ),
    "E213": (
        "feedback 里的 {letter} 不在选项 {letters} 之中",
        "The letter {letter} in feedback is none of the options {letters}",
    ),
    "E220": (
        "没有答案。写 answer: {example}；暂时没有答案请写 status: draft",
        "There is no key. Write answer: {example}; if there is none yet, write status: draft",
    ),
    "E222": (
        "答案 {letter} 不在选项 {letters} 之中",
        "The key {letter} is none of the options {letters}",
    ),
    "E224": (
        "单选题只能有 1 个答案，现在有 {count} 个。改为 type: multi 或只留一个",
        "A single-choice item has one key, and here are {count}. Write type: multi, or keep one",
    ),
    "E225": (
        "判断题答案“{value}”看不懂。写 对 或 错",
        'Cannot read the true/false key "{value}". Write true or false',
    ),
    "E226": (
        "判断题不写选项。删掉 options，或改为 type: single",
        "A true/false item has no options. Delete them, or write type: single",
    ),
    "E230": (
        "简答题没有评分点也没有参考答案。写 rubric 或 answer；暂时没有请写 status: draft",
        "A short answer has neither rubric nor model answer. Write one of them, or status: draft",
    ),
    "E232": (
        "评分点合计 {sum} 分，与本题 {points} 分不一致",
        "The criteria sum to {sum} points, but the item has {points}. Change one of them",
    ),
    "E240": (
        "找不到图片“{value}”。文件要放在题库文件所在的文件夹之下",
        'Cannot find the image "{value}". It must lie below the folder of the bank\'s file',
    ),
    "E240.form": (
        (
            "图片“{value}”的写法不行。写题库文件夹之下的相对路径，不含 .. 和网址，以 png、jpg 或"
            " webp 结尾"
        ),
        (
            'The image "{value}" cannot be used. Write a path below the bank\'s folder, no .. or'
            " a web address, ending in png, jpg or webp"
        ),
    ),
    "E240.content": (
        "文件“{value}”的内容不是 png、jpg 或 webp 图片。重新导出这张图",
        'The content of "{value}" is no png, jpg or webp image. Export the picture again',
    ),
    "E240.file": (
        "找不到文件“{value}”。路径从题库文件夹算起，不含 .. 和网址",
        'Cannot find the file "{value}". Write a path from the banks\' folder, without ..',
    ),
    # Totals.
    "E240.upload": (
        "题库里没有图片 {value}。在这一题的表单里上传，或去掉 image",
        "The bank has no picture {value}. Upload it in this item's form, or remove image",
    ),
    "E301": (
        (
            "本节写明共 {stated} 分，但 {count} 题合计 {sum} 分。"
            "把 total 改为 {sum}，或改每题分值，或增删题目"
        ),
        (
            "This section states {stated} points, but its {count} items sum to {sum}."
            " Write total: {sum}, change the items' points, or add or remove items"
        ),
    ),
    "E301.drafts": (
        (
            "本节写明共 {stated} 分，{count} 题合计 {sum} 分；{drafts} 道草稿没有计入，加上是"
            " {with_drafts} 分。补上草稿的答案，去掉 status: draft"
        ),
        (
            "This section states {stated} points, and {count} items sum to {sum}. Drafts not"
            " counted: {drafts}; with them it is {with_drafts}. Key them and take status: draft"
            " away"
        ),
    ),
    "E301.both": (
        (
            "本节写明共 {stated} 分，{count} 题合计 {sum} 分；{drafts} 道草稿没有计入，加上是"
            " {with_drafts} 分，也不一致。把 total 改为 {with_drafts}，或改每题分值，或增删题目"
        ),
        (
            "This section states {stated} points, and {count} items sum to {sum}. Drafts not"
            " counted: {drafts}; with them it is {with_drafts}, which does not fit either: write"
            " total: {with_drafts}, change the items' points, or add or remove items"
        ),
    ),
    "E301.draw": (
        (
            "本节写明共 {stated} 分，但抽 {count} 题、每题 {each} 分，合计 {sum} 分。"
            "把 total 改为 {sum}，或改 draw 或每题分值"
        ),
        (
            "This section states {stated} points, but {count} items are drawn at {each} points,"
            " {sum} in all. Write total: {sum}, or change draw or the points"
        ),
    ),
    "E302": (
        "全卷写明共 {stated} 分，但各节合计 {sum} 分。把 total 改为 {sum}，或改各节",
        (
            "The paper states {stated} points, but its sections sum to {sum}. Write total: {sum} or"
            " change the sections"
        ),
    ),
    "E302.drafts": (
        (
            "全卷写明共 {stated} 分，各节合计 {sum} 分；{drafts} 道草稿没有计入，加上是"
            " {with_drafts} 分。补上草稿的答案，或改 total 和各节"
        ),
        (
            "The paper states {stated} points, and its sections sum to {sum}. Drafts not"
            " counted: {drafts}; with them it is {with_drafts}. Key them, or change total or the"
            " sections"
        ),
    ),
    "E303": (
        "要抽 {draw} 题，可是本节只有 {count} 题可抽（草稿和停用的不算）。改小 draw，或增加题目",
        (
            "{draw} items are to be drawn, but {count} are there (drafts and retired ones do not"
            " count). Lower draw, or add items"
        ),
    ),
    "E303.unequal": (
        "抽题的一节里每题分值要相同，现在有 {points} 分。统一分值，或删掉 draw",
        (
            "Items that are drawn need equal points; here are {points}. Make them equal or delete"
            " draw"
        ),
    ),
    # Warnings.
    "W401": (
        "“ #”后面的文字丢了：“{lost}”。要保留就给整段文字加引号；是注释就在 # 前空两格",
        (
            'Everything after " #" is lost: "{lost}". Quote the whole text to keep it, or put two'
            " spaces before a comment"
        ),
    ),
    "W402": (
        "多选题只有 1 个答案。补上其他答案，或改为 type: single",
        "A multiple-choice item with one key. Add the others, or write type: single",
    ),
    "W403": (
        "这道单选题只有“对／错”两个选项。改为 type: true_false",
        "This single-choice item only offers true and false. Write type: true_false",
    ),
    "W404": (
        "题干与{first}的“{id}”相同。改写，或删掉一题",
        'The stem is the same as that of "{id}" ({first}). Rewrite it, or delete one',
    ),
    "W405": (
        "解析里直接写了选项字母 {letter}，但选项顺序会打乱。写成 {{{letter}}}，或写 shuffle: false",
        (
            "The explanation names option {letter} by its letter, but options are shuffled. Write"
            " {{{letter}}}, or shuffle: false"
        ),
    ),
    "W406": (
        "第 {number} 版里的题目 {id} 不见了。用过的题目请留着，写 status: retired 停用",
        "Item {id} of version {number} is gone. Keep an item that was used: status: retired",
    ),
    "W411": (
        "图片没有替代文字，用读屏软件的人看不到图。写一句 x-alt: 图里有什么",
        "The picture has no alt text for those who cannot see it. Say in x-alt: what it shows",
    ),
    "W410": (
        "这里没有 {langs} 的文字，本题别处有。补上，否则显示 {lang}",
        "No text in {langs} here, although the item has it elsewhere. Add it, or {lang} is shown",
    ),
    # Tracks: what cannot work out although each line is right.
    "W420": (
        (
            "关口要“{title}”（{id}），但它的 due 是 {due}，晚于关口的 {last}。"
            "把它的 due 提前，或把关口的 due 推后"
        ),
        (
            "The gate (due: {last}) needs {id}, whose due is {due}. Make its due earlier, or that"
            " of the gate later"
        ),
    ),
    "W421": (
        (
            "测验 {id} 的 due 是 {due}，{attempts} 次机会之间要等 {days} 天，到关口（含延期）只有"
            " {room} 天，后面的机会用不上。把测验的 due 提前，或缩短 cooldown"
        ),
        (
            "Exam {id} has due: {due}; its {attempts} attempts take {days} days of waiting,"
            " and the gate leaves {room}, extension included. Make its due earlier, or cooldown"
            " shorter"
        ),
    ),
    "W422": (
        (
            "能力 {slug} 不收 {kind} 这类证据，这一行填了也不计。改用收它的能力，"
            "或在 framework.yaml 的 evidence 里加上（现在收：{known}）"
        ),
        (
            "{slug} does not accept evidence of kind {kind}, so this row would never count. Name"
            " another competency, or add the kind to its evidence in framework.yaml (now: {known})"
        ),
    ),
    "W423": (
        "{id} 的 excludes 排除了带教人、培训师、上级和 HR，没有人能当评委。至少留一方",
        "{id} excludes mentor, trainer, manager and HR, so nobody can assess it. Leave one of them",
    ),
    "W423.panel": (
        "{id} 的评审组里有 {party}，excludes 又排除了它。两处只留一处",
        "{id} seats {party} on its panel and excludes the same. Keep one of the two",
    ),
    "W424": (
        "表 {form} 里别的行写了 weight，{id} 没有写，会按 1 计。每行都写，或都不写",
        (
            "Other rows of form {form} have a weight and {id} has none, so it counts 1. Write it in"
            " every row, or in none"
        ),
    ),
    "W424.sum": (
        "表 {form} 各行的 weight 合计 {total}，看上去想写百分比。改到合计 100",
        "The weights of form {form} add up to {total}; they look like per cent. Make them 100",
    ),
    "W425": (
        "没有活动用到表 {id}。在活动里写 form: {id}，或删掉这张表",
        "No activity uses form {id}. Write form: {id} in one, or delete the form",
    ),
    "W426": (
        (
            "{id} 的 due 是 {due}，早于前一段“{stage}”最早的 {first}。"
            "把 due 改到 {first} 或以后，或移到前面的阶段"
        ),
        (
            "{id} has due: {due}, before anything of the stage before it ({first}). Make its due"
            " {first} or later, or move it to an earlier stage"
        ),
    ),
    "W427": (
        (
            "再认证的 {id} 的 due 是 {due}，证书只在到期前 {warn} 天提醒，来不及做完。"
            "把 due 改到 {warn} 以内，或加大 credential 的 warn"
        ),
        (
            "{id} of the renewal has due: {due}, but the credential warns {warn} days before its"
            " end. Make due {warn} or less, or raise warn in credential"
        ),
    ),
    # The item-writing lint: the stem.
    "W510": (
        "题干问的是反面（“{word}”），却没有标出来，容易看漏。改成正面问，或写成 **{word}**",
        (
            'The stem asks for the opposite ("{word}") without emphasis, and is misread. Ask'
            " positively, or write **{word}**"
        ),
    ),
    "W511": (
        "双重否定“{words}”要绕一道弯。改成肯定的说法",
        'A double negative ("{words}") tests reading, not knowledge. Say it positively',
    ),
    "W512": (
        "“{word}”是一种判断，没有写依据，答案可以争。写上 source，或改问可以核对的事",
        (
            '"{word}" is a judgement without a source, so the key can be disputed. Add source:,'
            " or ask for something that can be checked"
        ),
    ),
    "W513": (
        "空格在题干开头或中间，要读完再回头想。把空格移到句末，或改成直接提问",
        "The blank stands at the start or in the middle. Move it to the end, or ask a question",
    ),
    "W514.short": (
        "题干只有 {length} 个字，看不出在问什么。写成至少 {least} 个字的完整问题",
        (
            "The stem has {length} characters, too few to say what is asked. Write a whole"
            " question of at least {least}"
        ),
    ),
    "W514.long": (
        "题干有 {length} 个字，多于 {most}，考的是阅读。删去用不到的话，背景放进 intro",
        (
            "The stem has {length} characters, more than {most}. Cut what is not needed, or move"
            " the background to intro"
        ),
    ),
    "W515": (
        "“{word}”问的是看法，看法没有对错。改问规则或事实怎么说",
        '"{word}" asks for an opinion, and none is wrong. Ask what the rule or the facts say',
    ),
    "W516": (
        "一题问了两件事，答错时不知道错在哪一件。拆成两题",
        "Two questions in one: a wrong answer does not tell which was missed. Make it two items",
    ),
    # The item-writing lint: options.
    "W520": (
        "选项“{word}”靠排除就能猜中。换成一个具体的选项；都对的改成多选题",
        (
            'An option of the kind "{word}" is found by elimination. Write an option of its own,'
            " or make it multiple choice"
        ),
    ),
    "W521": (
        (
            "答案 {letter} 有 {length} 个字，是中间长度 {median} 的一倍半以上，长就是提示。"
            "精简它，或把干扰项写得同样具体"
        ),
        (
            "Key {letter} has {length} characters, at least half as many again as the median of"
            " {median}. Shorten it, or make the distractors as specific"
        ),
    ),
    "W522": (
        (
            "{n} 道单选题里，最长的选项有 {percent}% 是答案（{lang}），选最长的就能得分。"
            "改短答案，或加长干扰项"
        ),
        (
            "In {percent}% of {n} single items the longest option is the key ({lang}): picking"
            " the longest pays. Shorten keys, or lengthen distractors"
        ),
    ),
    "W522.seldom": (
        (
            "{n} 道单选题里，最长的选项只有 {percent}% 是答案（{lang}），排除最长的也是提示。"
            "让几题的答案最长"
        ),
        (
            "In only {percent}% of {n} single items the longest option is the key ({lang}):"
            " ruling it out pays too. Let the key be longest in some"
        ),
    ),
    "W523": (
        "答案 {letter} 重复了题干里的“{word}”，干扰项都没有。换一个说法，或让干扰项也用到",
        (
            'Key {letter} repeats "{word}" from the stem, and no distractor does. Reword it, or'
            " let distractors use it too"
        ),
    ),
    "W524": (
        "绝对的词（“{word}”）只在干扰项 {letters} 里，一看就能排除。去掉，或让各项口气一样",
        (
            'Absolute words ("{word}") stand in distractors {letters} only and give them away.'
            " Remove them, or give every option the same tone"
        ),
    ),
    "W525": (
        "只有答案 {letter} 是否定的说法，口气成了提示。让各项口气一样",
        "Key {letter} alone is negative, and its tone gives it away. Give every option one tone",
    ),
    "W525.distractor": (
        "只有选项 {letter} 是否定的说法，口气和别的不同。让各项口气一样",
        "Option {letter} alone is negative, and its tone stands out. Give every option one tone",
    ),
    "W525.positive": (
        "只有选项 {letter} 是肯定的说法，口气成了提示。让各项口气一样",
        "Option {letter} alone is positive, and its tone gives it away. Give every option one tone",
    ),
    "W526": (
        "数字选项没有按大小排。从小到大排好，并写 shuffle: false",
        "The figures are not in order. Sort them, and write shuffle: false",
    ),
    "W526.overlap": (
        "数字范围有重叠，一个数会落进两个选项。让范围首尾错开",
        "The ranges overlap, so one figure belongs to two options. Let each begin after the last",
    ),
    "W527.stops": (
        "有的选项以句号结尾，有的没有。统一写法",
        "Some options end with a full stop, others do not. Write them alike",
    ),
    "W527.quotes": (
        "有的选项是原话，有的是说明，形式不一。统一成一种",
        "Some options are quoted speech, others are not. Make them all one kind",
    ),
    "W527.figures": (
        "只有一个选项不是数字，形式不一。都写成数字，或都写成文字",
        "One option alone is no figure. Write all as figures, or all as words",
    ),
    "W527.case": (
        "选项有的大写开头，有的小写。统一写法",
        "Some options begin with a capital, others do not. Write them alike",
    ),
    "W528": (
        "选项 {letters} 是否定的说法，读的人要一项项翻译。改成肯定的说法",
        "Options {letters} are negative and have to be turned round in the head. Say what is done",
    ),
    # The item-writing lint: statements.
    "W535": (
        "有“{word}”而答案是错，不懂也能猜中。去掉绝对的词，错在内容上",
        (
            'It says "{word}" and is keyed false, which can be guessed. Leave the absolute word'
            " out and let the content be wrong"
        ),
    ),
    "W536": (
        "有“{word}”而答案是对，留了余地的话总对。写出确切的条件",
        'It says "{word}" and is keyed true: a hedge is always right. State the exact condition',
    ),
    "W537": (
        "判断句里有否定（“{word}”），判“错”就成了双重否定。改成肯定句，或写成 **{word}**",
        (
            'The statement has a negation ("{word}"), so "false" denies a denial. State it'
            " positively, or write **{word}**"
        ),
    ),
    "W538": (
        "一句话里有两个判断（“{word}”），一对一错时没法答。拆成两题",
        'Two statements in one ("{word}"): one may be true and one false. Make it two items',
    ),
    # The item-writing lint: multiple choice.
    "W541": (
        "所有选项都是答案，全选就满分。至少写一个错的选项",
        "Every option is keyed, so ticking all wins. Write at least one wrong option",
    ),
    "W542": (
        "本节 {count} 道多选题都正好有 {keys} 个答案，数着选就行。让答案个数有多有少",
        (
            "All {count} multiple-choice items here have {keys} keys, so counting helps. Vary"
            " the number"
        ),
    ),
    # The item-writing lint: the paper.
    "W550": (
        "{n} 道单选题的答案位置不匀：{counts}。把答案换到少的位置上",
        "The keys of {n} single items are spread unevenly: {counts}. Move some to rare positions",
    ),
    "W550.run": (
        "从这题到 {last} 连续 {count} 题的答案都是 {letter}。调换选项顺序",
        "{count} items in a row, to {last}, have the key {letter}. Reorder some options",
    ),
    "W551": (
        "{n} 道判断题里 {true} 道是对的，一律判对或判错就占便宜。对的占 35% 到 65%",
        (
            "{true} of {n} statements are true, so one answer throughout pays. Keep true ones at"
            " 35-65%"
        ),
    ),
    "W552": (
        "这些能力的题数太少：{few}。少于 {least} 题说明不了水平，补题，或不再标这项能力",
        (
            "Too few items for {few}: fewer than {least} say little about a competency. Add items,"
            " or do not claim it"
        ),
    ),
    "W553": (
        "题干与{first}的“{id}”有 {percent}% 相同，像是同一题。删掉一题，或问不同的事",
        (
            'The stem is {percent}% the same as that of "{id}" ({first}). Drop one, or ask'
            " something else"
        ),
    ),
    "W554": (
        "题干里写出了“{id}”（{first}）的答案：“{text}”。改写题干",
        'The stem holds the key of "{id}" ({first}): "{text}". Rewrite it',
    ),
    "W555": (
        "限时 {minutes} 分钟，按题型算至少要 {needed} 分钟。改成 time_limit: {needed}m，或减少题目",
        (
            "The limit is {minutes} minutes; the items need at least {needed}. Write time_limit:"
            " {needed}m, or use fewer items"
        ),
    ),
    "W556": (
        (
            "{of} 题里有 {n} 题难度是 {difficulty}（{percent}%），比均匀分布多出 30"
            " 个百分点以上。补上别的难度"
        ),
        (
            "{n} of {of} items have difficulty {difficulty} ({percent}%), over 30 points above"
            " an even spread. Add items of other difficulties"
        ),
    ),
    # The item-writing lint: short answers.
    "W570": (
        "没有评分点，两个人评出的分会差很多。写 rubric，每个评分点写明分值",
        "Without a rubric two markers will differ. Write rubric: with points for each criterion",
    ),
    "W571": (
        "评分点 {id} 没有看得见的动作，各人理解不同。写成“说出…”“写明…”“算出…”",
        'Criterion {id} names nothing a marker can see. Write "names …", "states …", "works out …"',
    ),
    "W572": (
        "参考答案答不到评分点 {id}：没有 {missing}。改参考答案，或改关键词",
        (
            "The model answer does not meet criterion {id}: no {missing}. Change the answer, or"
            " the keywords"
        ),
    ),
    "W572.veto": (
        "参考答案里有评分点 {id} 不许出现的“{word}”。改参考答案，或删掉这个词",
        'The model answer holds "{word}", which criterion {id} forbids. Change one of them',
    ),
    # The item-writing lint: after use; shown on a bank's health page.
    "W580": (
        "{n} 人里只有 {percent}% 的分拿到，太难或者答案有误。先核对答案，再看题干缺不缺条件",
        (
            "Only {percent}% of the points were earned by {n} people. Check the key first, then"
            " whether a condition is missing"
        ),
    ),
    "W580.chosen": (
        "{n} 人里只有 {percent}% 答对，选 {letter} 的有 {share}%。先核对答案是不是 {letter}",
        (
            "Only {percent}% of {n} people were right, and {share}% chose {letter}. Check first"
            " whether the key should be {letter}"
        ),
    ),
    "W580.easy": (
        "{n} 人里 {percent}% 的分都拿到了，分不出会与不会。改难一些，或只用来热身",
        (
            "{percent}% of the points were earned by {n} people, so it tells nobody apart. Make"
            " it harder, or use it as a warm-up"
        ),
    ),
    "W581": (
        "与其余题目的相关只有 {r}（{n} 人），分不出好坏。看题干是否含糊、有没有两个可辩的选项",
        (
            "Its correlation with the rest is {r} ({n} people), so it does not tell good from"
            " weak. Look for an unclear stem or a second right option"
        ),
    ),
    "W581.key": (
        "与其余题目的相关是 {r}（{n} 人）：会的人反而答错。核对答案",
        (
            "Its correlation with the rest is {r} ({n} people): the good ones get it wrong."
            " Check the key"
        ),
    ),
    "W582": (
        "干扰项 {letters} 在 {n} 人里选的不到 5%，形同虚设。换成常犯的错误",
        (
            "Distractors {letters} drew fewer than 5% of {n} people. Replace them by mistakes"
            " people make"
        ),
    ),
    "W583": (
        "一半的人用时不到 {seconds} 秒，多半没有读题。看题目是否一眼能猜",
        (
            "Half of the people took less than {seconds} seconds, hardly time to read it. See"
            " whether it can be guessed"
        ),
    ),
    # The item-writing lint: silencing it.
    "W590": (
        "关掉 {code} 没有写理由，不生效。写成 {code}: 理由",
        "{code} is switched off without a reason, so it stays on. Write {code}: reason",
    ),
    "W590.code": (
        "{code} 不是命题检查的规则，关不掉。写 W510 到 W583 里的编号",
        "{code} is no rule of the item-writing lint. Write a code from W510 to W583",
    ),
    "W590.form": (
        "“{key}”要写成 {{W510: 理由}}",
        '"{key}" wants {{W510: reason}}',
    ),
    # Tests that people typed: what cannot be read.
    "E601": (
        "文件里没有读得出的文字。另存为 docx、xlsx、csv 或 UTF-8 文本",
        "No text can be read from this file. Save it as docx, xlsx, csv or UTF-8 text",
    ),
    "E602": (
        "读不了 {kind} 文件。另存为 docx、xlsx、csv 或文本",
        "Files of the kind {kind} are not read. Save it as docx, xlsx, csv or text",
    ),
    "E603": (
        "{what}太大，最多 {most}。拆成几个文件",
        "{what} is too large; {most} is the most. Split it into several files",
    ),
    "E604": (
        "文件已损坏，或者不是真正的 {kind} 文件。用原来的软件打开，另存一份",
        "The file is damaged, or no real {kind} file. Open it in its program and save it again",
    ),
    "E605": (
        "读这个文件用的时间或内存超过了限度。拆成几个文件，或只粘贴文字",
        "Reading this file took too much time or memory. Split it, or paste the text alone",
    ),
    "E606": (
        "没有找到题目。题号写成 1. 2. 3.，选项写成 A. B. C. D.，或用 Excel 模板",
        "No item was found. Number the items 1. 2. 3. and the options A. B. C., or use the sheet",
    ),
    "E607": (
        "没有找到题干这一列。第一行写列名：题型、题干、选项A、选项B、正确答案",
        "No column holds the stems. Name the columns in row 1: type, stem, option A, option B, key",
    ),
    "E608": (
        "这一题没有题干。在预览里补上，或删掉这一题",
        "This item has no stem. Write one in the preview, or delete the item",
    ),
    "E608.option": (
        "选项 {letter} 没有文字。补上文字，或删掉这个选项",
        "Option {letter} has no text. Write one, or delete the option",
    ),
    "E609": (
        "文字太长：{count} 个字，最多 {most} 个。拆成几份，一份一套试题",
        "The text is too long: {count} characters, {most} at most. Split it, one test each",
    ),
    "E609.numbers": (
        "编号太多：到这里已超过 {most} 个。拆成几份，一份一套试题",
        "Too many numbers: more than {most} up to here. Split it, one test each",
    ),
    "E609.sections": (
        "小节或答案区太多：{count} 个，最多 {most} 个。拆成几份，一份一套试题",
        "Too many sections or blocks of keys: {count}, {most} at most. Split it, one test each",
    ),
    # Tests that people typed: what was left out, doubted or changed.
    "W601": (
        "文件是 {encoding} 编码，已转成 UTF-8。看一眼文字有没有乱码",
        "The file was encoded as {encoding} and read as such. See that no text is garbled",
    ),
    "W601.damaged": (
        "有 {count} 处文字损坏，读成了“\ufffd”。对照原文改正",
        "{count} characters are damaged and read as \ufffd. Correct them from the source",
    ),
    "W602": (
        "这 {lines} 行不像题目，没有导入：“{text}”。是题目就补上题号再导入",
        'Left out, as it looks like no item ({lines} lines): "{text}". Number it if it is one',
    ),
    "W603.key": (
        "答案“{value}”看不懂，按没有答案导入。写成选项字母，或 对、错",
        'Cannot read the key "{value}", so there is none. Write option letters, true or false',
    ),
    "W603.difficulty": (
        "难度“{value}”看不懂，没有导入。写 1 到 5，或 易、中、难",
        'Cannot read the difficulty "{value}". Write 1 to 5, or easy, medium, hard',
    ),
    "W603.points": (
        "分值“{value}”看不懂，没有导入。写大于 0 的数字，最多两位小数",
        'Cannot read the points "{value}". Write a number above 0 with at most two decimals',
    ),
    "W603.kind": (
        "题型“{value}”不认识，按答案判断题型。写 单选、多选、判断 或 简答",
        'Unknown type "{value}". Write single, multi, true/false or short',
    ),
    "W604": (
        "两处答案不一致：{keys}，按没有答案导入。核对后填上正确的一个",
        "Two keys disagree: {keys}, so there is none. Check them and fill in the right one",
    ),
    "W605": (
        "题号从 {before} 跳到 {number}。看一眼是否少了一题或题号写错",
        "Numbers go from {before} to {number}. See whether an item is missing or misnumbered",
    ),
    "W605.none": (
        "本节没有题号，按选项和空格切成 {count} 题。逐题看一眼切得对不对",
        "No numbers here; cut into {count} items by options and blanks. See that each is whole",
    ),
    "W606": (
        "标题写明共 {stated} 题，找到 {count} 题。看一眼是否少了题目",
        "The heading states {stated} items; {count} were found. See whether one is missing",
    ),
    "W607": (
        "这里的答案对不上题目：“{text}”。在预览里逐题填上",
        'These keys cannot be matched to items: "{text}". Fill them in one by one',
    ),
    "W608": (
        "没有答案，按草稿导入。填上答案才能发布",
        "No key, so this is imported as a draft. Fill it in before publishing",
    ),
    "W608.short": (
        "没有参考答案和评分点，按草稿导入。补上一样才能发布",
        "Neither model answer nor rubric, so this is a draft. Write one of them before publishing",
    ),
    "W609": (
        "没有写题型，暂作 {kind}，按草稿导入。确认题型",
        "The type is not stated; taken as {kind}, a draft. Confirm the type",
    ),
    "W610": (
        "图片没有导入：{names}。支持 png、jpg、webp；需要时重新插入",
        "Pictures left out: {names}. png, jpg and webp are read; insert them again if needed",
    ),
    "W610.many": (
        "一道题只放一张图，这些没有导入：{names}。需要时合成一张图",
        "An item holds one picture. Left out: {names}. Merge them if needed",
    ),
    "W611": (
        "文本框里的文字没有导入：“{text}”。需要时移到正文",
        'Text boxes are not read: "{text}". Move the text into the page if needed',
    ),
    "W611.tracked": (
        "文件里有 {count} 处修订，按全部接受读取。看一眼改动是否都要",
        "The file has {count} tracked changes; they were read as accepted. See that all are wanted",
    ),
    "W612": (
        "“{column}”列不认识，没有导入。改成模板里的列名，或删掉这一列",
        'Column "{column}" is unknown and was left out. Name it as in the template, or delete it',
    ),
    "W613": (
        "这一行没有题干，没有导入：“{text}”。补上题干，或删掉这一行",
        'This row has no stem and was left out: "{text}". Write a stem, or delete the row',
    ),
    "W614": (
        "选项文字读不出 A、B、C 的分隔：“{text}”。每个选项放一列，或写成 A. … B. …",
        'Cannot tell the options apart in "{text}". Use a column for each, or write A. … B. …',
    ),
    "W616": (
        "{count} 道填空题按简答题导入，由评分人评分。改成选择题可自动计分",
        "{count} gaps became short answers for a marker. A choice would score itself",
    ),
    "W615": (
        "“{sheet}”这张表没有题目，没有导入",
        'The sheet "{sheet}" holds no items and was left out. Nothing needs to be done',
    ),
    # Files of other systems: what cannot be read.
    "E620": (
        "这里不是正确的 XML（{reason}）。从原来的系统重新导出一份",
        "Not valid XML here ({reason}). Export the file from its system again",
    ),
    "E620.encoding": (
        "这个 XML 不是 UTF-8，也没有写明编码。用 UTF-8 重新导出，或在第一行写上 encoding",
        "This XML is not UTF-8 and does not name its encoding. Export it as UTF-8, or name it",
    ),
    "E620.entity": (
        "文件里声明了 XML 实体，出于安全不读。去掉 <!DOCTYPE …> 里的声明再试",
        "The file declares XML entities, which are not read for safety. Remove the <!DOCTYPE …>",
    ),
    "E621": (
        "压缩包坏了，读不了。重新导出或重新压缩",
        "The archive is damaged. Export it or pack it again",
    ),
    "E621.locked": (
        "压缩包有密码。解压后重新压缩，不设密码",
        "The archive has a password. Unpack it and pack it again without one",
    ),
    "E621.twice": (
        "压缩包里有两个文件都叫“{name}”，不知道该读哪一个。重新压缩",
        'The archive holds two files called "{name}": which one counts is not clear. Pack it again',
    ),
    "E622": (
        "压缩包解开后超过 {most} MiB，或压得异常小。分成几个文件",
        "Unpacked, the archive is larger than {most} MiB or packed suspiciously small. Split it",
    ),
    "E622.members": (
        "压缩包里有 {count} 个文件，最多 {most} 个。分成几个压缩包",
        "The archive holds {count} files; {most} is the most. Split it",
    ),
    "E623": (
        "这是 XML，但根元素是 <{tag}>，应是 <{want}>。导出时选对格式",
        "This XML begins with <{tag}>, not with <{want}>. Choose the right format when exporting",
    ),
    "E623.old": (
        "这是 QTI 1.2，读不了。导出时选 QTI 2.1、2.2、3.0 或 Moodle XML",
        "This is QTI 1.2, which is not read. Export as QTI 2.1, 2.2, 3.0 or as Moodle XML",
    ),
    "E623.empty": (
        "压缩包里没有题目文件。导出时选 QTI 2.1、2.2 或 3.0",
        "There is no item in the archive. Export as QTI 2.1, 2.2 or 3.0",
    ),
    "E624": (
        "这道 GIFT 题的 {{ 没有关上。在答案之后补上 }}，文字里的花括号写成 \\{{ \\}}",
        "The {{ of this GIFT question is never closed. Add }}, and write \\{{ \\}} within a text",
    ),
    "E624.closed": (
        "这道 GIFT 题多了一个 }}。删掉它，文字里的花括号写成 \\{{ \\}}",
        "This GIFT question has a }} too many. Delete it, and write \\{{ \\}} within a text",
    ),
    "E625": (
        "压缩包里没有“{file}”，这一题没有读到。重新导出",
        'The archive lacks "{file}", so this item was not read. Export it again',
    ),
    "E626": (
        "“{text}”后面没有选项。Aiken 的选项要写成 A. 文字，每行一个",
        'No options follow "{text}". In Aiken they are lines such as A. text',
    ),
    "E626.letter": (
        "选项 {letter} 应是 {want}。Aiken 的选项从 A 起依次写",
        "Option {letter} should be {want}. Aiken's options run from A without gaps",
    ),
    "E626.answer": (
        "这一行 ANSWER 前面没有题目。把题干和选项写在它的上面",
        "No question stands before this ANSWER. Write stem and options above it",
    ),
    "E626.none": (
        "这一题没有 ANSWER 行。在选项之后补上一行 ANSWER: B",
        "This question has no ANSWER line. Add one after its options, such as ANSWER: B",
    ),
    "E626.unclear": (
        "ANSWER 的“{value}”不是选项字母。写成 ANSWER: B",
        'The ANSWER "{value}" is no option letter. Write ANSWER: B',
    ),
    # Files of other systems: what was left out or changed.
    "W620": (
        "题型 {type} 没有对应的题型，“{name}”没有导入。改成单选、多选、判断或简答再导入",
        'There is no counterpart of type {type}: "{name}" was left out. Rewrite it first',
    ),
    "W621": (
        "这些格式留不住，只留下文字：{names}。看一眼题目是否还读得通",
        "Only the words of {names} were kept. See whether the item still reads well",
    ),
    "W622": (
        "一道题只放一张题干图，这些没有导入：{names}。需要时合成一张图",
        "An item holds one picture, in its stem. Left out: {names}. Merge them if needed",
    ),
    "W623": (
        "选项的权重（{weights}）与五种计分规则都不同，改用题库的默认规则。确认计分，或改权重再导入",
        "The weights ({weights}) match none of the five rules; the bank's default is used. Check",
    ),
    "W623.single": (
        "选项 {letters} 原来给部分分，单选题只有满分和零分。确认这样计分",
        "Option {letters} earned part of the points; a single choice earns all or none. Check it",
    ),
    "W623.processing": (
        "这一题的计分与五种规则都不同，改用题库的默认规则。确认计分",
        "This item's scoring matches none of the five rules; the bank's default is used. Check it",
    ),
    "W624": (
        "填空题变成简答题，由评分人评分；原来接受的答案：{answers}。改成选择题可自动计分",
        "A gap became a short answer for a marker; accepted: {answers}. A choice scores itself",
    ),
    "W625": (
        "对、错两种反馈和提示没有地方放，没有导入：“{text}”。需要时写进解析",
        'Feedback for right or wrong and hints were left out: "{text}". Use the explanation',
    ),
    "W626": (
        "分值“{value}”不能用，没有导入。保存前写上分值",
        'The points "{value}" cannot be used and were left out. Write them before saving',
    ),
    # What a file of another format cannot carry. `items` are ids.
    "W640": (
        "只写一种语言，{langs} 的文字不在文件里",
        "One language is written; the texts in {langs} are left out",
    ),
    "W641": (
        "草稿和停用的题目不导出：{items}",
        "Drafts and retired items are left out: {items}",
    ),
    "W642": (
        "这些多选题的计分规则写不成权重，改成最接近的权重：{items}",
        "The rule of these items is no sum of weights; the nearest weights are written: {items}",
    ),
    "W642.none": (
        "这些多选题的计分规则不在文件里，导入后用题库的默认规则：{items}",
        "The rule of these items is left out; an import gives the bank's default: {items}",
    ),
    "W643": (
        "评分标准只作为给评分人看的文字，不会自动判出命中：{items}",
        "The rubric is written as words for the marker; hits are not shown: {items}",
    ),
    "W643.comment": (
        "参考答案和评分标准写在注释里，别的系统会忽略：{items}",
        "Model answer and rubric stand in comments, which other systems leave out: {items}",
    ),
    "W644": (
        "图片不在文件里：{items}",
        "The pictures are left out: {items}",
    ),
    "W645": (
        "分值、难度和选项顺序写在注释里，别的系统会忽略，每题按 1 分算",
        "Points, difficulty and order stand in comments; other systems count 1 point per item",
    ),
    "W646": (
        "能力、难度、出处、替换关系不在文件里",
        "Competencies, difficulty, source and what an item replaces are left out",
    ),
    "W646.tags": (
        "标签、能力、难度、出处、替换关系不在文件里",
        "Tags, competencies, difficulty, source and what an item replaces are left out",
    ),
    "W646.source": (
        "替换关系（replaces）不在文件里",
        "What an item replaces is left out",
    ),
    "W647": (
        "及格线和限时不在文件里",
        "Pass mark and time limit are left out",
    ),
    "W647.pass": (
        "及格线不在文件里",
        "The pass mark is left out",
    ),
    "W647.draw": (
        "抽题（几题里抽几题）不在文件里，文件里是全部题目：{sections}",
        "The number of items to draw is left out; all items are written: {sections}",
    ),
    "W647.sections": (
        "各节的标题和说明不在文件里",
        "Titles and introductions of sections are left out",
    ),
    "W648": (
        "解析或选项反馈提到选项字母，为了字母不错，这些题的选项不再打乱：{items}",
        "Comments name options by letter; to keep them right, these are not shuffled: {items}",
    ),
    "W649": (
        "选项的反馈不在文件里：{items}",
        "Feedback to single options is left out: {items}",
    ),
    "W649.shuffle": (
        "选项和题目是否打乱不在文件里，一节里的题目按题型排列",
        "Whether anything is shuffled is left out; the items of a section stand by type",
    ),
    "W649.rule": (
        "多选题的计分规则只写在说明里：{items}",
        "The rule of multiple choice is written as words: {items}",
    ),
    "W649.short": (
        "评分方式、字数上限不在文件里：{items}",
        "The way of marking and the greatest length are left out: {items}",
    ),
}
