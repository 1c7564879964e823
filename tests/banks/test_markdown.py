"""The closed Markdown: what becomes HTML, what stays as typed, and what never gets through."""

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.banks.markdown import render, render_inline, render_lesson


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("请选**不是**的一项", "<p>请选<strong>不是</strong>的一项</p>"),
        ("选出**“不是”**的", "<p>选出<strong>“不是”</strong>的</p>"),
        ("第一段\n\n第二段", "<p>第一段</p>\n<p>第二段</p>"),
        ("- 甲\n- 乙", "<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>"),
        ("用 `a*b` 表示", "<p>用 <code>a*b</code> 表示</p>"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
    ],
)
def test_what_authors_may_use(text: str, html: str) -> None:
    assert render(text).strip() == html


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_name 和 2*3*4",
        "填空 ____ 处",
        "____",
        "2**3**4",
        "[链接](https://a.example)",
        "![图](a.png)",
        "# 不是标题",
        "***",
        "_斜体_ 与 *斜体*",
    ],
)
def test_what_stays_as_typed(text: str) -> None:
    assert render(text).strip() == f"<p>{text}</p>"


def test_html_is_text() -> None:
    assert render("<img src=x onerror=alert(1)>").strip() == (
        "<p>&lt;img src=x onerror=alert(1)&gt;</p>"
    )


def test_a_table_is_a_table() -> None:
    html = render("| 环节 | 数 |\n|---|---|\n| 线索 | 200 |")
    assert "<th>环节</th>" in html
    assert "<td>200</td>" in html


def test_option_letters_are_those_this_reader_sees() -> None:
    assert render("{A} 对，{C} 错，{D} 无", letters={"A": "C", "C": "A"}).strip() == (
        "<p>C 对，A 错，{D} 无</p>"
    )
    assert render_inline("比 {A} 贵") == "比 {A} 贵"


def test_an_option_has_no_blocks() -> None:
    assert render_inline("1. **甲**") == "1. <strong>甲</strong>"
    assert render_inline("- 乙") == "- 乙"


def test_a_lesson_has_headings_below_that_of_the_page() -> None:
    html = render_lesson("# 课\n\n## 节\n\n正文")
    assert "<h2>课</h2>" in html
    assert "<h3>节</h3>" in html


TAGS = {"p", "br", "strong", "ul", "ol", "li", "code", "pre"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}


@given(st.text(alphabet=st.sampled_from("ab*_`|-<>[]()!{}A \n1.#&;:\"'/\\=甲“"), max_size=120))
def test_nothing_but_the_allowed_tags_comes_out(text: str) -> None:
    for html in (render(text), render_inline(text)):
        assert nh3.clean(html, tags=TAGS | TABLE, attributes={"ol": {"start"}}) == html
