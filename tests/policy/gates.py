# SPDX-License-Identifier: Apache-2.0
"""Where src/ asks policy, and what the same lines look like when the answer is yes.

A gate is a statement in which the program asks before it shows or changes something. The comment  /* gate */  ends
one of its lines:

	if (!policy_decide(w, a, ACT_SEE, l, now).ok) /* gate */
	if (!view_has(v, key)) /* gate */
	if (r->team != c->actor->team) /* gate */
	verdict = policy_forward(w, from, to,
				 l, now); /* gate */
	return policy_type(a, t, "edit"); /* gate */

The questions are the calls of ANSWERS and the comparison of a record's team with the actor's; each of them stands in
a marked statement, or says why it is none:  /* no gate: because ... */ . A reader that sees everything
(.all = true) says so too:  /* sees all: because ... */ . missing_marks() tells which do not.
"""
import os
import re

VERDICT = '((struct verdict){.ok = true, .code = "ok"})'
# question -> the answer that lets everything through; $1 is its first argument
ANSWERS = {
    "policy_decide": VERDICT,
    "policy_forward": VERDICT,
    "policy_type": VERDICT,
    "policy_node": VERDICT,
    "policy_see_as": VERDICT,
    "policy_reader": "true",
    "policy_widens": "false",
    "policy_view_get": "policy_view_get($1, &(const struct actor){.node = true}, $3)",
    "catalog_leaving": "*($3)",
    "view_has": "true",
    "tlp_allows": "true",
    "role_covers": "true",
    "has_person": "true",
    "world_is_member": "true",
}
CALL = re.compile(r"\b(" + "|".join(ANSWERS) + r")\s*\(")
TEAMS = re.compile(r"[\w\]\[>.-]+(?:->|\.)team\s*(==|!=)\s*(?:\w+(?:->|\.))*actor(?:->|\.)team\b")
ALL = re.compile(r"\.all = true")
MARK = re.compile(r"/\* gate \*/\s*$")
NO_MARK = re.compile(r"/\* no gate: \w.*")
SEES_ALL = re.compile(r"/\* sees all: \w.*")
DEFINITION = re.compile(r"^(static |inline |bool |enum |struct |const )[\w *]*\b(" + "|".join(ANSWERS) + r")\s*\(")


def sources(root):
    """(path below root, text) of every file below src/."""
    for folder, dirs, names in os.walk(os.path.join(root, "src")):
        dirs.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as f:
                    yield os.path.relpath(path, root), f.read()


def gates(root):
    """(path, line number) of every marked line."""
    return [(path, no) for path, text in sources(root) for no, line in enumerate(text.splitlines(), 1) if MARK.search(line)]


def bare(text):
    """The text with comments and strings blanked, same length."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def closing(text, at):
    """Offset behind the parenthesis that closes the one at `at`; strings and characters are skipped."""
    depth, i = 0, at
    while i < len(text):
        c = text[i]
        if c in "\"'":
            i += 1
            while text[i] != c:
                i += 2 if text[i] == "\\" else 1
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    raise ValueError("unbalanced parentheses")


def arguments(text):
    """The arguments of "(a, f(b, c), d)"."""
    found, depth, at = [], 0, 1
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if (c == "," and depth == 1) or (c == ")" and depth == 0):
            found.append(text[at:i].strip())
            at = i + 1
    return found


def statement(lines, no):
    """First line (0-based) of the statement that line no (1-based) belongs to."""
    start = no - 1
    while start > 0:
        before = re.sub(r"/\*.*?\*/|//.*", "", lines[start - 1]).rstrip()
        if not before or before.endswith((";", "{", "}", ":")) or before.lstrip().startswith(("#", "* ", "else")):
            break
        start -= 1
    return start


def last_line(lines, no):
    """Last line (1-based) of the statement that line no belongs to, with what a condition without braces governs."""
    for end in range(no, len(lines) + 1):
        if re.sub(r"/\*.*?\*/|//.*", "", lines[end - 1]).rstrip().endswith((";", "{", "}")):
            return end
    return no


def balanced(lines, start, no):
    """First line (1-based) from no on where the parentheses opened since start are closed."""
    for end in range(no, len(lines) + 1):
        text = bare("".join(lines[start:end]))
        if text.count("(") == text.count(")"):
            return end
    return no


def missing_marks(root):
    """"path:line: text" of every question that stands in no marked statement."""
    faults = []
    for path, text in sources(root):
        lines, clean = text.splitlines(keepends=True), bare(text).splitlines(keepends=True)
        for no, code in enumerate(clean, 1):
            asks = (CALL.search(code) and not DEFINITION.search(code)) or TEAMS.search(bare("".join(lines[no - 1:no + 1])))
            if asks and TEAMS.search(code) is None and not CALL.search(code):
                continue  # on the next line as well: it is found there, or in the statement that begins here
            if asks:
                whole = lines[max(0, statement(lines, no) - 1):last_line(lines, no)]
                if not any(MARK.search(line) or NO_MARK.search(line) for line in whole):
                    faults.append(f"{path}:{no}: {lines[no - 1].strip()}")
            if ALL.search(code) and not any(SEES_ALL.search(line) for line in lines[max(0, no - 3):no]):
                faults.append(f"{path}:{no}: sees all, and does not say why: {lines[no - 1].strip()}")
    return faults


def with_calls_off(body, off):
    """Every question of the statement asked only while the gate is on; None when there is none."""
    at, done = 0, False
    while m := CALL.search(body, at):
        end = closing(body, m.end() - 1)
        answer = re.sub(r"\$(\d)", lambda n: arguments(body[m.end() - 1:end])[int(n.group(1)) - 1], ANSWERS[m.group(1)])
        new = f"({off} ? {answer} : {body[m.start():end]})"
        body, at, done = body[:m.start()] + new + body[end:], m.start() + len(new), True
    at = 0
    while m := TEAMS.search(body, at):
        new = f"({off} ? {'true' if m.group(1) == '==' else 'false'} : {m.group(0)})"
        body, at, done = body[:m.start()] + new + body[m.end():], m.start() + len(new), True
    return body if done else None


def yes_of(lines, start):
    """What the function around line start (0-based) returns when it lets through: true, or no error."""
    head = next((line for line in reversed(lines[:start]) if re.match(r"[a-z][\w ]*[ *]\w+\(", line)), "")
    return "1" if re.search(r"\bbool \w+\(", head) else "0"


def with_statement_off(body, off, yes):
    """`err = X;` `r = X;` `if (X)` (a yes to X refuses) `return X;` of a statement that asks in words of its own."""
    m = re.search(r"\b(err|r)\s*=(?!=)([^;]*);", body)
    if m:
        return f"{body[:m.start()]}{m.group(1)} = {off} ? 0 : ({m.group(2)});{body[m.end():]}"
    m = re.search(r"\bif\s*\(", body)
    if m:
        end = closing(body, m.end() - 1)
        return f"{body[:m.end()]}!{off} && ({body[m.end():end - 1]}){body[end - 1:]}"
    m = re.search(r"\breturn\b([^;]*);", body)
    return f"{body[:m.start()]}return {off} ? {yes} : ({m.group(1)});{body[m.end():]}" if m else None


def switched(text, marked):
    """The text with a switch at each marked line: [(line, number of the gate)]; and the lines not understood."""
    lines, unclear = text.splitlines(keepends=True), []
    for no, gate in sorted(marked, reverse=True):
        start = statement(lines, no)
        end = balanced(lines, start, no)
        body = "".join(lines[start:end])
        try:
            off = f"gate_off({gate})"
            new = with_calls_off(body, off) or with_statement_off(body, off, yes_of(lines, start))
        except (ValueError, IndexError):
            new = None
        if new is None:
            unclear.append(no)
        else:
            lines[start:end] = [new]
    return "".join(lines), unclear
