"""Writes the reference pages of operations and passes from their records: references.py [FOLDER], docs/ by default."""
import json
import os
import subprocess
import sys
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FAMILIES = ["Elementwise", "Reduce", "Product", "Shape", "Rows", "Random", "Control"]
HEAD = "<!-- Written by scripts/references.py from {}; edit those. -->\n\n"


def tablegen(tool, *arguments):
    def ask(what):
        return subprocess.run(["llvm-config-22", what], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    command = [os.path.join(ask("--bindir"), tool), "-I", ask("--includedir"), "-I", ROOT, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def derivative(record, operands):
    """`x: dy * y`, an operand each; nothing for operations that are taken apart before."""
    if record.get("rule"):
        return f"`{record['rule']}` in C++"
    rules = record.get("vjp")
    if rules is None:
        return ""
    return ", ".join(f"{name}: " + (f"`{cell(rule)}`" if rule not in ("zero", "blocked") else rule)
                     for name, rule in zip(operands, rules))


def operations():
    everything = json.loads(tablegen("llvm-tblgen", "--dump-json", "ir/NetOps.td"))
    records = [everything[name] for name in everything["!instanceof"]["Net_Op"]]
    families = {family: [] for family in FAMILIES}
    for record in records:
        family, line = record["!locs"][0].split(".td:")
        families[family].append((int(line), record))
    page = HEAD.format("ir/ops/*.td") + "# Operations of the `net` dialect\n\n" + textwrap.dedent("""\
        Pure functions of tensors. A derivative gives the cotangent of each operand; `y` is the result, `dy` its cotangent;
        `zero` is a derivative of zero, `blocked` none.
        """)
    for family, members in families.items():
        page += f"\n## {family}\n\n| operation | what | formula | derivative |\n| --- | --- | --- | --- |\n"
        told = []
        for _, record in sorted(members, key=lambda member: member[0]):
            name = record["opName"]
            operands = [argument[1] for argument in record["arguments"]["args"]]
            formula = f"`{cell(record['math'])}`" if record["math"] else ""
            page += f"| `net.{name}` | {cell(record['summary'])} | {formula} | {derivative(record, operands)} |\n"
            if record["description"].strip():
                told.append(f"\n**`net.{name}`** " + textwrap.dedent(record["description"]).strip() + "\n")
        page += "".join(told)
    return page


def passes():
    text = tablegen("mlir-tblgen", "-gen-pass-doc", "passes/Passes.td")
    return HEAD.format("passes/Passes.td") + "# Passes\n\n" + text[text.index("###"):]


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "docs")
    for name, page in (("operations.md", operations()), ("passes.md", passes())):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(page)


if __name__ == "__main__":
    main()
