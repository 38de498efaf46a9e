"""The address book: recognised, picked, checked by the library, and one's own."""

import pytest

pytestmark = pytest.mark.shop

GOOD = {"name": "李明", "phone": "13900139000", "detail": "科技路 1 号"}
HERE = {"province": "440000", "city": "440300", "district": "440305"}


def keep(browser, page=None, **told):
    """Keep the address of the form."""
    return browser.press(page or browser.get("/addresses"), "address", "keep", "/addresses", **told)


def test_kept_and_used(mall):
    """An address that was kept leads back to the checkout, which knows then what freight costs."""
    b2 = mall.browser("b2")
    b2.press(b2.get("/"), "/cart", "add", "/cart", sku="vase-glass")
    sent = keep(b2, b2.get("/addresses?back=cart"), **GOOD, **HERE)
    assert sent.status == 303
    assert sent.to.startswith("/checkout?address=")
    page = b2.get(sent.to)
    assert "南山区" in page.html
    assert page.of("submit")


def test_recognised(b1):
    """A pasted text fills the fields; what is open is offered, and nothing is kept by itself."""
    page = b1.get("/addresses")
    text = "收货人：李小明 电话：13800138000 地址：广东深圳南山科技路1号2栋"
    sent = b1.press(page, "address", "recognise", "/addresses", pasted=text)
    told = dict(sent.form("address"))
    assert (told["name"], told["phone"], told["district"]) == ("李小明", "13800138000", "440305")
    assert "科技路1号2栋" in told["detail"]
    open_ = b1.press(page, "address", "recognise", "/addresses", pasted="张三 13800138000 朝阳区建国路1号")
    assert 'name="choose" value="110105"' in open_.html
    chosen = b1.press(open_, "address", "choose", "/addresses", "110105")
    assert dict(chosen.form("address"))["province"] == "110000"
    assert "张三" not in b1.get("/addresses").html


def test_picked_level_by_level(b1):
    """Without script: each level is there once the one before is chosen; one of another province is none."""
    page = b1.get("/addresses")
    assert "440300" not in page.html
    page = b1.press(page, "address", "pick", "/addresses", province="440000")
    page = b1.press(page, "address", "pick", "/addresses", city="440300")
    assert "440305" in page.html
    sent = keep(b1, page, **GOOD, district="330106")
    assert sent.status == 422
    assert "region" in sent.wrong


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 60}, "name"),
        ({"phone": "12"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"detail": ""}, "detail"),
        ({"detail": "x" * 300}, "detail"),
        ({"district": "", "city": "", "province": ""}, "region"),
        ({"district": ""}, "region"),
        ({"district": "440305'; drop table orders"}, "region"),
        ({"postcode": "abc"}, "postcode"),
        ({"extension": "abc"}, "extension"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(mall, told, field):
    """In the words of the library; nothing is kept, and what was typed is still there."""
    b2 = mall.browser("b2", "zh-CN")
    sent = keep(b2, **{**GOOD, **HERE, **told})
    assert sent.status == 422
    assert field in sent.wrong
    assert any("一" <= character <= "鿿" for character in sent.wrong[field])
    assert dict(sent.form("address"))["phone"] == {**GOOD, **told}["phone"]
    assert "还没有地址" in b2.get("/addresses").html


@pytest.mark.parametrize("pasted", ["", "x" * 2001])
def test_what_cannot_be_recognised(b1, pasted):
    """Nothing, or too much: 422."""
    sent = b1.press(b1.get("/addresses"), "address", "recognise", "/addresses", pasted=pasted)
    assert sent.status == 422
    assert "pasted" in sent.wrong


def test_changed_made_the_default_and_dropped(b1):
    """The book does what it says; what is not in it is not found."""
    page = b1.get("/addresses?edit=home")
    assert dict(page.form("address"))["detail"] == "科苑路 15 号 2 栋 1203"
    assert keep(b1, page, detail="科苑路 16 号").status == 303
    assert "科苑路 16 号" in b1.get("/addresses").html
    page = b1.get("/addresses")
    b1.press(page, "/addresses", "default", "/addresses", "work")
    assert 'name="default" value="home"' in b1.get("/addresses").html
    b1.press(page, "/addresses", "drop", "/addresses", "work")
    assert b1.get("/addresses").of("address-work") is None
    assert b1.press(page, "/addresses", "drop", "/addresses", "work").status == 404
    assert b1.get("/addresses?edit=work").status == 404
    assert keep(b1, page, id="of-somebody-else", **GOOD, **HERE).status == 404


def test_the_same_twice(b1):
    """The library knows it again, and says so."""
    page = b1.get("/addresses?edit=home")
    sent = keep(b1, page, id="")
    assert sent.status == 422
    assert sent.of("error")


def test_books_are_their_owners(mall, b1):
    """Nobody sees another's."""
    assert "科苑路" in b1.get("/addresses").html
    assert "科苑路" not in mall.browser("b2").get("/addresses").html
