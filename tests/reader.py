"""What a reader does in the widget, and what he sees of it; `page` is a driver that stands on it."""

from __future__ import annotations

from typing import Any

from labs import wait


def run(page: Any, code: str, value: str = "None") -> str:
    """Run code in the notebook's kernel; the text of a value afterwards."""
    script = """const [code, value, done] = arguments;
        const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        kernel.requestExecute({code, user_expressions: {value}}).done.then((reply) => done(reply.content));"""
    reply = page.execute_async_script(script, code, value)
    assert reply["status"] == "ok", reply
    return str(reply["user_expressions"]["value"]["data"]["text/plain"])


def sees(page: Any, value: str, expected: str) -> None:
    """Python sees what the reader did."""
    wait(lambda: run(page, "", value) == expected, f"{value} is {run(page, '', value)}, not {expected}")


def keys(page: Any, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(page).send_keys(*keys).perform()


def all_of(page: Any, selector: str, what: str = "textContent") -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map((each) => each[arguments[1]])"
    return list(page.execute_script(script, f".xp:not(.xp-alive) {selector}", what))


def focus(page: Any, selector: str) -> None:
    page.execute_script("document.querySelector(arguments[0]).focus()", f".xp:not(.xp-alive) {selector}")


def press(page: Any, name: str) -> None:
    """Click a button by its name."""
    script = "[...document.querySelectorAll('.xp button')].find((each) => each.textContent === arguments[0]).click()"
    page.execute_script(script, name)


def heading(page: Any) -> str:
    return str(page.execute_script("return document.querySelector('.xp-pane h4 code')?.textContent"))


def status(page: Any) -> str:
    return all_of(page, ".xp-status[role=status]")[0]


def cells(page: Any) -> int:
    return int(page.execute_script("return jupyterapp.shell.currentWidget.content.model.cells.length"))


def click(page: Any, function: str) -> None:
    box = page.find_element("css selector", f'.xp-picture [data-function="{function}"]')
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    box.click()
    wait(lambda: heading(page) == function.partition("@")[0], f"a click on {function} does not show it")


def choose(page: Any, label: str, value: str) -> None:
    script = """const [label, value] = arguments;
        const all = [...document.querySelectorAll('.xp label')];
        const list = all.find((each) => each.textContent.startsWith(label)).querySelector('select');
        list.value = value; list.dispatchEvent(new Event('change'))"""
    page.execute_script(script, label, value)


def toggle(page: Any, name: str) -> None:
    script = "[...document.querySelectorAll('.xp-toggle')].find((each) => each.textContent === arguments[0]).click()"
    page.execute_script(script, name)


def drawn(page: Any) -> set[str]:
    """The functions of the picture."""
    script = "return [...document.querySelectorAll('.xp-picture [data-function]')].map((each) => each.dataset.function)"
    return set(page.execute_script(script))


def number_of(page: Any, text: str) -> str:
    rows = dict(zip(all_of(page, ".xp-pane .xp-text"), all_of(page, ".xp-pane .xp-number"), strict=True))
    return rows[text]


def write_note(page: Any, title: str, text: str) -> None:
    page.execute_script("document.querySelector('.xp-writing').open = true")
    for selector, words in ((".xp-writing input", title), (".xp-writing textarea", text)):
        page.find_element("css selector", selector).clear()
        page.find_element("css selector", selector).send_keys(words)
    press(page, "Keep note")


def findings(page: Any, axe: str, root: str = ".xp") -> list[str]:
    page.execute_script(f"if (!window.axe) {{ {axe} }}")
    script = "axe.run(document.querySelector(arguments[0]), {resultTypes: ['violations']}).then(arguments[1])"
    rows = page.execute_async_script(script, root)["violations"]
    return [f"{row['id']}: {node['failureSummary']} {node['html'][:120]}" for row in rows for node in row["nodes"]]


def troubles(page: Any) -> list[str]:
    """The cells that failed, and what of ours the browser calls severe."""
    failed = page.find_elements("css selector", '[data-mime-type="application/vnd.jupyter.error"]')
    severe = [row["message"] for row in page.get_log("browser") if row["level"] == "SEVERE"]
    return [each.text for each in failed] + [message for message in severe if "explorer" in message]
