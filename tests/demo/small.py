"""A company of eight sellers, quick to load."""

FEW = {
    "gumingshan", "longzaitian", "xianzhuoyan", "yaozijin", "qianruochuan", "fangzhixia",
    "jianweijie", "dingyiming",
}  # fmt: skip
