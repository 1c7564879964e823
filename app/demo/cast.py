"""Who works at the demo company. All names, numbers and addresses are invented.

Days count back from the day of loading, so that the company is always in the middle of its year.
`ability` is on the scale of item response theory: 0 is a middling seller, 1 a strong one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

COMPANY: Final = "澄屿软件"
SALES: Final = "销售中心"
TRAINING: Final = "培训与运营部"
PEOPLE_OFFICE: Final = "人力资源部"

EAST: Final = "华东大区"
SOUTH: Final = "华南大区"
NORTH: Final = "华北大区"
WEST: Final = "西部大区"
REGIONS: Final = (EAST, SOUTH, NORTH, WEST)

DOMAIN: Final = "chengyu.example"
PASSWORD: Final = "lianbing-demo"  # noqa: S105  printed for everybody who tries the demo

HISTORY_DAYS: Final = 200
NEW_WITHIN: Final = 183
BACKBONE_FROM: Final = 365


class Story(StrEnum):
    """What makes a seller's half year stand out."""

    PLAIN = ""
    RISES = "rises"
    FALLS = "falls"
    LEAVES = "leaves"
    MOVES = "moves"


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller; `hired` and `until` (the day of leaving or moving) in days before loading."""

    name: str
    login: str
    region: str
    hired: int
    ability: float
    story: Story = Story.PLAIN
    until: int = 0
    moved_from: str = ""

    @property
    def is_new(self) -> bool:
        """True for those who went through the bootcamp within the half year shown."""
        return self.hired <= NEW_WITHIN

    @property
    def is_joiner(self) -> bool:
        """True in the first month."""
        return self.hired < 30

    @property
    def is_backbone(self) -> bool:
        """True for those whom their manager put on the step `backbone`."""
        return self.hired >= BACKBONE_FROM


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody else. `what` is said of the account when the demo is loaded."""

    name: str
    login: str
    unit: str
    roles: tuple[str, ...]
    what: str
    job_role: str = "staff"
    ability: float = 0.8


DIRECTOR: Final = Staff(
    "秦越", "qinyue", SALES, ("manager",), "销售总监：看四个大区", "manager", 1.2
)
MANAGERS: Final = {
    EAST: Staff(
        "周慕白", "zhoumubai", EAST, ("manager",), "华东经理：看团队差距、材料", "manager", 1.0
    ),
    SOUTH: Staff("郑海珊", "zhenghaishan", SOUTH, ("manager",), "华南经理", "manager", 0.7),
    NORTH: Staff("石敬之", "shijingzhi", NORTH, ("manager",), "华北经理", "manager", 0.9),
    WEST: Staff(
        "袁望川",
        "yuanwangchuan",
        WEST,
        ("manager",),
        "西部经理：产品知识首考通过率偏低",
        "manager",
        0.4,
    ),
}
LEAD_TRAINER: Final = Staff("苏芷若", "suzhiruo", TRAINING, ("trainer",), "培训经理")
TRAINERS: Final = (
    Staff("叶知秋", "yezhiqiu", TRAINING, ("trainer",), "培训师：出卷、布置、评分"),
    Staff("万其声", "wanqisheng", TRAINING, ("trainer",), "培训师"),
)
MARKERS: Final = (
    Staff("童新月", "tongxinyue", TRAINING, ("marker",), "销售运营：评简答题"),
    Staff("查志远", "zhazhiyuan", TRAINING, ("marker",), "销售运营：评简答题"),
)
HR: Final = Staff("柳青岚", "liuqinglan", PEOPLE_OFFICE, ("hr",), "人力资源：期望等级、评估")
ADMIN: Final = Staff("安晓峰", "anxiaofeng", COMPANY, ("admin",), "管理员：人员、组织、审计")

STAFF: Final = (DIRECTOR, *MANAGERS.values(), LEAD_TRAINER, *TRAINERS, *MARKERS, HR, ADMIN)

SELLERS: Final = (
    Seller("陆嘉禾", "lujiahe", EAST, 1450, 1.3),
    Seller("沈亦凡", "shenyifan", EAST, 980, 0.7),
    Seller("顾明珊", "gumingshan", EAST, 860, 0.7, Story.FALLS),
    Seller("钱若川", "qianruochuan", EAST, 610, 0.5),
    Seller("施雨桐", "shiyutong", EAST, 520, 0.1),
    Seller("俞景行", "yujingxing", EAST, 410, -0.2),
    Seller("陶思远", "taosiyuan", EAST, 300, 0.2),
    Seller("贺文澜", "hewenlan", EAST, 168, 0.5),
    Seller("姚子衿", "yaozijin", EAST, 140, -0.5, Story.RISES),
    Seller("龚若晨", "gongruochen", EAST, 105, 0.3),
    Seller("丁一鸣", "dingyiming", EAST, 700, 0.5, Story.MOVES, until=62, moved_from=SOUTH),
    Seller("方知夏", "fangzhixia", EAST, 6, 0.6),
    Seller("苏晚舟", "suwanzhou", EAST, 27, 1.7),
    Seller("梁嘉文", "liangjiawen", SOUTH, 1300, 1.0),
    Seller("黎咏琳", "liyonglin", SOUTH, 900, 0.5),
    Seller("莫少聪", "moshaocong", SOUTH, 640, 0.0),
    Seller("区思敏", "ousimin", SOUTH, 480, 0.3),
    Seller("冼卓言", "xianzhuoyan", SOUTH, 380, -0.4),
    Seller("邝美仪", "kuangmeiyi", SOUTH, 260, 0.2),
    Seller("谭振邦", "tanzhenbang", SOUTH, 165, 0.2),
    Seller("潘楚翘", "panchuqiao", SOUTH, 120, 0.7),
    Seller("霍启明", "huoqiming", SOUTH, 70, -0.1),
    Seller("伍颂贤", "wusongxian", SOUTH, 2, 0.3),
    Seller("陆青衡", "luqingheng", SOUTH, 22, 0.9),
    Seller("简伟杰", "jianweijie", SOUTH, 400, -0.9, Story.LEAVES, until=38),
    Seller("韩立群", "hanliqun", NORTH, 1500, 1.1),
    Seller("孟繁星", "mengfanxing", NORTH, 1100, 0.6),
    Seller("崔雪松", "cuixuesong", NORTH, 720, 0.2),
    Seller("白鹭", "bailu", NORTH, 560, 0.5),
    Seller("尹航", "yinhang", NORTH, 430, 0.0),
    Seller("曲思齐", "qusiqi", NORTH, 280, 0.4),
    Seller("佟晓岚", "tongxiaolan", NORTH, 160, 0.0),
    Seller("郝一诺", "haoyinuo", NORTH, 128, 0.6),
    Seller("滕飞宇", "tengfeiyu", NORTH, 75, 0.2),
    Seller("宁远", "ningyuan", NORTH, 19, 0.4),
    Seller("万疏影", "wanshuying", NORTH, 8, 0.8),
    Seller("罗开元", "luokaiyuan", WEST, 1200, 0.7),
    Seller("向晚晴", "xiangwanqing", WEST, 800, 0.4),
    Seller("龙在田", "longzaitian", WEST, 590, -0.3),
    Seller("冉静好", "ranjinghao", WEST, 450, 0.3),
    Seller("蒲松年", "pusongnian", WEST, 330, -0.3),
    Seller("敬亭", "jingting", WEST, 150, -0.1),
    Seller("甘霖", "ganlin", WEST, 90, 0.1),
    Seller("钟映雪", "zhongyingxue", WEST, 13, -0.9),
)
# What the west lacks, as its funnel shows: the bottleneck is needs discovery (F-157).
WEAK_SPOT: Final = {(WEST, "product-knowledge"): -0.1, (WEST, "insight"): -0.9}
