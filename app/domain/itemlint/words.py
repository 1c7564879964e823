"""What words the rules look for, in Chinese and English, and what only looks like them.

Quoted speech belongs to a customer, not to the question, so it is taken out first. A character
such as 不 is part of many words that deny nothing (不同, 差不多) and of questions (能不能).
"""

import re
from typing import Final, Literal

Tongue = Literal["zh", "en"]

_QUOTED: Final = re.compile(
    r"“[^”]*”|「[^」]*」|『[^』]*』|《[^》]*》|\"[^\"]*\"|`[^`]*`|(?<![A-Za-z])'[^']*'(?![A-Za-z])"
)
_MARKS: Final = re.compile("[“\"「『《`']")
# Without one of these nothing is denied: a quick look that spares the long one.
_MAY_DENY: Final = re.compile(r"[不没无非未]")
_MAY_DENY_EN: Final = re.compile(r"\b[Nn]o|at least|never|whether|know-", re.IGNORECASE)
_HARMLESS: Final = re.compile(
    r"([一-鿿])[不没]\1|有没有|是不是|不得不(?=到|出|知)"
    r"|不(?:错|仅|断|少|同|过|但|光|只|论|管|如|久|禁|止|料|满|足|便|妨|惜|良|变|动产|锈钢|可抗力)"
    r"|不利(?!于)|不确定性|不对称|不等式|差不多|对不起|了不起|来不及|舍不得|恨不得|说不定|了不得"
    r"|要不然|不然|不由得|不外乎|不相上下|不一(?=[，。；？]|$)|供不应求|必不可少|不可或缺"
    r"|无(?:论|线|人机|纸化|形|缝|障碍|疑|偿|限|间|所谓|菌|尘|状态|感支付)"
    r"|非(?:常|洲|遗|标|法|凡|结构化|工作日|营利|必填|对称)|除非|是非|莫非"
    r"|未来|未婚|没收|沉没|淹没|淘汰"
)
_HARMLESS_EN: Final = re.compile(
    r"\b(?:not only|no longer|no\. ?\d|no-?show|no one else|notwithstanding|why not|whether or not|"
    r"not just|at least|no doubt|no matter|know-how|never-ending|no-code)\b",
    re.IGNORECASE,
)

BLANK: Final = re.compile(r"_{2,}|＿{2,}|（[\s　]*）|\([\s　]*\)|【[\s　]*】")
_STOPS: Final = re.compile(r"[。！!；;？?\n]+")
_COMMAS: Final = re.compile(r"[，,：:]+")
_ASKS: Final = re.compile(r"哪|下列|以下|下面|什么|多少|（[\s　]*）|_{2,}|怎样|如何|是谁|几")
_ASKS_EN: Final = re.compile(
    r"\b(?:which|what|who|whom|where|when|why|how|following|these)\b|_{2,}|\(\s*\)", re.IGNORECASE
)


def tongue(lang: str) -> Tongue | None:
    """The language whose words are known, None for any other."""
    short = lang[:2].lower()
    return "zh" if short == "zh" else "en" if short == "en" else None


def own_words(text: str) -> str:
    """The text without quoted speech, titles and code."""
    return _QUOTED.sub("◇", text) if _MARKS.search(text) else text


def without_harmless(text: str, of: Tongue) -> str:
    """The text without words that deny nothing although they look so."""
    if of == "zh":
        return _HARMLESS.sub("◇", text) if _MAY_DENY.search(text) else text
    return _HARMLESS_EN.sub("◇", text) if _MAY_DENY_EN.search(text) else text


def question(text: str, of: Tongue) -> str:
    """The part that asks: of the last sentence that does, or of the last one."""
    asks = _ASKS if of == "zh" else _ASKS_EN
    sentences = [part for part in _STOPS.split(text) if part.strip()]
    asking = [part for part in sentences if asks.search(part)] or sentences
    if not asking:
        return text
    pieces = [part for part in _COMMAS.split(asking[-1]) if part.strip()]
    kept = [part for part in pieces if asks.search(part)]
    if not kept:
        return asking[-1]
    # “除…外” comes before the comma and belongs to what is asked.
    first = next((part for part in pieces if "除" in part and "外" in part), kept[0])
    start = min(asking[-1].index(first), asking[-1].index(kept[0]))
    return asking[-1][start:]


def is_bold(text: str, at: int) -> bool:
    """True when what stands at `at` is within `**…**` or 【…】."""
    before = text[:at]
    return before.count("**") % 2 == 1 or before.count("【") > before.count("】")


# ---------------------------------------------------------------- stems

NEGATIVE: Final = re.compile(
    r"不(?:是|属于?|包括|包含|符合|正确|恰当|合适|适[合用宜]|[妥当应该能可得会需必宜要在对准]|利于"
    r"|成立|合理|合规|一致|建议|允许|推荐|支持|涉及|影响)"
    r"|没有|无[需须关法]|错误的(?=[是有一说做描选回举行？?（_]|$)|有误|违反|"
    r"除(?!了?解)[^，。]{1,24}?外"
)
# 「不会用系统的客户」: the negation describes somebody and does not turn the question round.
RELATIVE: Final = re.compile(
    r"[^，。？?]{0,14}的(?:客户|人|用户|团队|公司|企业|对方|买方|同事|新人|时候|情形下|情况下)"
)
ADDS: Final = re.compile(r"还|也|又|另|再|多")
NEGATIVE_EN: Final = re.compile(
    r"(?i:(?<!in )(?<!of )(?<!at )(?<!on )(?<!to )(?<!by )(?<!for )(?<!from )(?<!with )\bwhich\b"
    r"|\bfollowing\b|\bthese\b|\bstatements?\b|^\W*(?:what|who|where|when|how)\b)"
    r"(?:(?!\b(?:who|that|when|if|where|because|whose|while|whether|so)\b)[^.?!;])*?"
    r"(\bnot\b|\bexcept\b|\bnever\b|n't\b|\bcannot\b|\bincorrect\b|\bleast\b|\bneither\b"
    r"|\b(?:is|are) (?:wrong|false)(?=\s*\?|\s*$))"
)

DOUBLE: Final = re.compile(
    r"不得不|不(?:能|可|会|可能|应|应该|该|是|要|允许|许)[^，。；？！◇]{0,3}(?:不|没|无|未)"
    r"|没有[^，。；？！◇]{1,6}不|无不|莫不|并非[^，。；？！◇]{0,8}(?:不|没|无)"
    r"|(?<!并)非[^，。；？！◇]{1,8}(?:不可|莫属)|未必不|不无"
    r"|不(?:属于|包括|符合)[^，。；？！◇]{0,12}(?:不|没)"
    r"|(?:避免|防止|禁止|杜绝)[^，。；？！◇]{0,4}(?:不|没|未)"
    r"|(?:不应|不要|不能|不得|不该|不应该)(?:避免|忽视|否认|拒绝)"
)
DOUBLE_EN: Final = re.compile(
    r"(?:\bnot\b|\bnever\b|n't\b|\bcannot\b|\bexcept\b)[^.?!;,◇]{0,25}?"
    r"\b(?:not|never|without|unnecessary|unusual|uncommon|unlikely|untrue|unimportant|unable"
    r"|unacceptable|unreasonable|impossible|improper|incorrect|inappropriate|inaccurate|neither)\b"
    r"|\bno\b[^.?!;,◇]{0,15}\b(?:not|never|without)\b",
    re.IGNORECASE,
)

# “最合适”, “最应该”, “best fits” ask for the best of the options given: the ordinary form of a
# choice item, so they are no judgement of their own.
JUDGES: Final = re.compile(
    r"最(?:有效|重要|关键|核心|根本|有力|首要|成功|高效|紧要|要紧|本质)"
    r"|首先|首要|第一要务|关键(?=是|在于)"
    r"|核心(?=是|在于|为|的是|在哪|[的]?(?:原则|任务|目的|目标|思想|理念|要义|原因|意义|"
    r"步骤|做法|作用))"
)
JUDGES_EN: Final = re.compile(
    r"\bmost (?:important|effective|efficient|crucial|critical|essential|significant|powerful"
    r"|successful|fundamental)\b|\bbest (?:way|method|approach|strategy|practice)\b"
    r"|\bfirst and foremost\b|\babove all\b|\bforemost\b"
    r"|\b(?:core|main|primary|key) (?:principle|purpose|reason|goal|idea|task|aim|essence)\b"
    r"|\bshould\b[^.?!]{0,40}\bfirst\b(?! (?:sentence|question|line|step|call|visit|reply|time))"
    r"|\bfirst (?:thing|priority)\b",
    re.IGNORECASE,
)
OPINION: Final = re.compile(
    r"(?:[你您]|大家|你们)(?:个人)?(?:认为|觉得|的看法|怎么看|如何看|的观点|更?喜欢)|"
    r"谈谈[你您]|个人看法"
)
OPINION_EN: Final = re.compile(
    r"\b(?:do|would|did) you (?:personally )?(?:think|feel|believe|consider|prefer|like)\b"
    r"|\bin your (?:opinion|view|experience)\b|\byour (?:opinion|view|views|favou?rite)\b",
    re.IGNORECASE,
)
TWO_QUESTIONS: Final = re.compile(
    r"(?:是什么|有哪些|是谁|是多少|为什么|怎么办|有什么|哪一个|哪几个)[，、]?"
    r"(?:又|以及|并且?|和|还有|而)[^，。？]{0,4}(?:什么|哪|谁|为什么|怎么|如何|怎样|多少)"
    r"|(?:是什么|是谁|是多少|为什么)，(?:为什么|怎么|如何|是谁|是多少)"
)
TWO_QUESTIONS_EN: Final = re.compile(
    r"\b(?:what|which|why|how|who|when|where)\b[^.?]*?,? and (?:what|which|why|how|who|when|where) "
    r"(?:is|are|was|were|do|does|did|should|would|can|could|will|has|have)\b",
    re.IGNORECASE,
)

# ---------------------------------------------------------------- options and statements

OF_THE_ABOVE: Final = re.compile(
    r"(?:以上|上述|前面|上面)(?:选项|答案|各项|几项|三项|四项)?(?:都|皆|均|全|各项)"
    r"|^(?:都|全|均)(?:不)?(?:对|正确|是|错|不是|可以)[。]?$|^(?:皆|均)(?:是|非|可)"
    r"|^(?:全部|全都)(?:正确|都对|是|对)|^[A-J](?:、|和|与|及)(?:[A-J])(?:都|均|皆)?"
)
OF_THE_ABOVE_EN: Final = re.compile(
    r"\b(?:all|none|both|neither|any|some) of (?:the above|these|them|those)\b"
    r"|^(?:both )?[A-J] (?:and|or|&) [A-J]\b",
    re.IGNORECASE,
)
ABSOLUTE: Final = re.compile(
    r"总是|从不|从来|所有|必须|一定(?!程度|的?[数额比])|绝对|绝不|永远|任何|一律|完全|始终|"
    r"无论如何|毫无|每次都|百分之百"
)
ABSOLUTE_EN: Final = re.compile(
    r"\b(?:always|never|all|every|must|none|absolutely|completely|entirely|invariably|"
    r"without exception"
    r"|everyone|nobody|any ?time|whatever)\b",
    re.IGNORECASE,
)
HEDGE: Final = re.compile(
    r"之一|往往|通常|有时|大多|常常|或许|也许|多数情况|可能|一般(?=来说|情况|会|都|要|是|应|需|不)"
)
HEDGE_EN: Final = re.compile(
    r"\b(?:usually|often|generally|might|sometimes|typically|perhaps|possibly|tends? to|one of the"
    r"|in most cases|in general|mostly)\b",
    re.IGNORECASE,
)
DENIES: Final = re.compile(r"不|没|无[法需须权]|未|并非|勿|禁止")
DENIES_EN: Final = re.compile(
    r"\b(?:not|no|never|cannot|none|neither|nor|nobody|nothing)\b|n't\b", re.IGNORECASE
)
LEADS_WITH_NO: Final = re.compile(
    r"^\W{0,2}(?:先)?(?:不|没|无[法需须]|未|勿|拒绝|避免|禁止|别(?!人|的))"
)
LEADS_WITH_NO_EN: Final = re.compile(
    r"^\W{0,2}(?:not\b|no\b|never\b|do not\b|don't\b|does not\b|cannot\b|avoid\b|refuse\b|"
    r"nothing\b|"
    r"none\b(?! of\b)|without\b|it is not\b)",
    re.IGNORECASE,
)
TWO_STATEMENTS: Final = re.compile(
    r"；(?=.*\S)(?!.*(?:这|其|它|该))|，(?:而且|并且|且|同时|此外|另外|还要|也要|也必须)|"
    r"，因为|，所以"
)
TWO_STATEMENTS_EN: Final = re.compile(
    r";(?=.*\S)(?!.*\b(?:this|that|its?|these)\b)|, and (?:also )?(?=\w+ \w)|\band also\b|"
    r", because\b",
    re.IGNORECASE,
)

# ---------------------------------------------------------------- written answers

OBSERVABLE: Final = re.compile(
    r"[写说指列举给提点讲答问算填画报标记抄勾圈选改][出到明清成了]?|提[到出及醒供议问]|"
    r"说明|指明|注明|写明|表[明达示]|解释|描述|叙述"
    r"|落[到实在]|复述|归纳|总结|概括|分析|比较|对比|区分|判断|识别|辨认|计算|核[对实算]|"
    r"确认|引用|举例|举出|列举|安排|约定|承诺|回应"
    r"|邀请|建议|请(?:客户|对方|他|她)|把|用|不(?:说|提|承诺|贬|报|许|用|把|做|写|下|攻|给|"
    r"急|打|替)|没有|避免|先|包[含括]|含|有|带|含有"
    r"|符合|达到|对应|明确|量化|具体|推进|转向|回到|承认|同意|感谢|认可|体谅|尊重|道歉|"
    r"拒绝|澄清|追问|反问|询问|要求|交代|交换|换|让"
    r"|说|问|写|答|算|列|给|讲|提|约|定|设|排|找|查|看|录|填|建|跟|催|送|发|带|拿|取|谈|推|"
    r"核|录入|登记|更新|分[成为开清]|按|拆|套用|对照|对应"
)
OBSERVABLE_EN: Final = re.compile(
    r"\b(?:names?|states?|lists?|gives?|asks?|writes?|says?|tells?|shows?|explains?|"
    r"describes?|points? "
    r"out|identif(?:y|ies)|compares?|computes?|calculates?|works? out|proposes?|offers?|"
    r"suggests?|sets?|"
    r"agrees?|confirms?|checks?|quotes?|cites?|uses?|mentions?|summari[sz]es?|repeats?|"
    r"distinguish(?:es)?|"
    r"separates?|refers?|links?|puts?|makes?|takes?|keeps?|avoids?|refuses?|admits?|"
    r"thanks?|leaves?|turns?|"
    r"brings?|adds?|answers?|draws?|fixes|fix|has|have|contains?|includes?|does|do|is|are|"
    r"no|not|with|"
    r"arranges?|invites?|promises?|recommends?|presents?|divides?|orders?|records?|enters?|"
    r"fills?|chooses?|"
    r"selects?|marks?|follows?|begins?|starts?|ends?|closes?|opens?|finds?|sees?|counts?|trades?|"
    r"responds?|repl(?:y|ies)|acknowledg\w+|appl(?:y|ies)|reads?|sends?|calls?|plans?|"
    r"names|at least|"
    r"meets?|arrives?|reach(?:es)?|relates?|specif(?:y|ies)|defines?|outlines?|requests?|"
    r"speaks?|connects?|evaluates?|justif(?:y|ies)|covers?)\b",
    re.IGNORECASE,
)
VAGUE: Final = re.compile(
    r"了解|理解|知道|掌握|熟悉|认识到|体会|意识到|懂得|清楚(?!地)|思路清晰|态度|到位|得体|"
    r"合理$|完整$|良好|能力$|意识$|素养$|水平$"
)
VAGUE_EN: Final = re.compile(
    r"\b(?:understands?|knows?|appreciates?|is aware|awareness|familiar|masters?|good|"
    r"proper|appropriate"
    r"|attitude|grasps?|realis?es|realizes)\b",
    re.IGNORECASE,
)
