"""The rows that a snapshot gives of its objects are those that an API server would print of them."""
import datetime
import json

import tables
from harness import krunbook
from merged import Merge

KINDS = {"pods": "", "nodes": "", "namespaces": "", "deployments": ".apps", "replicasets": ".apps", "daemonsets": ".apps"}
SUMMED_UP = {"pods": ("Ready", "Ready Condition", "<none>"), "deployments": ("Progressing", "Progressing", "")}
LEFT_OUT = {"Node Selector"}
RUNBOOK = """return {
  name = "rows", summary = "Prints the rows of tables.",
  run = function()
    for kind, columns in pairs({ %s }) do
      local rows, lines = kube.table(kind, { all_namespaces = true }), {}
      for row in rows do
        local cells = {}
        for i, column in ipairs(columns) do
          cells[i] = tostring(row[column])
        end
        lines[#lines + 1] = table.concat(cells, "\\t")
      end
      for i = 1, #lines, 10 do -- a run prints a thousand lines at most
        print(kind .. "\\t" .. table.concat(lines, "\\t;\\t", i, math.min(i + 9, #lines)))
      end
      assert(not rows.unknown, rows.unknown and rows.unknown.message)
    end
  end,
}
"""


def columns(kind):
    """What kubectl has, and what sums the object up, for which it has no column."""
    return ["Name", *(name for name in tables.PRINTERS[kind][1] if name not in LEFT_OUT), *([SUMMED_UP[kind][1]] if kind in SUMMED_UP else [])]


def printed(snapshot, home):
    """{kind: rows}, as the program prints them."""
    runbook = home / "rows.lua"
    runbook.write_text(RUNBOOK % ", ".join(f"{kind} = {{ {json.dumps(columns(kind))[1:-1]} }}" for kind in KINDS))
    result = krunbook("run", runbook, "-A", "--snapshot", snapshot, home=home)
    assert result.code == 0, result
    found = {kind: [] for kind in KINDS}
    for line in result.err.splitlines():
        kind, rows = line.removeprefix("krunbook: rows: ").split("\t", 1)
        found[kind] += [row.split("\t") for row in rows.split("\t;\t")]
    return found


def expected(snapshot, kind):
    """As an API server of 1.36 prints them."""
    name = kind + KINDS[kind] + ".json"
    rows = []
    for path in [*snapshot.glob("cluster/" + name), *snapshot.glob("namespaces/*/" + name)]:
        for item in json.loads(path.read_text())["items"]:
            cells = dict(zip(["Name", *tables.PRINTERS[kind][1]], [item["metadata"]["name"], *tables.PRINTERS[kind][0](item, False)], strict=True))
            if kind in SUMMED_UP:
                condition, column, otherwise = SUMMED_UP[kind]
                told = [one["status"] for one in item.get("status", {}).get("conditions") or () if one["type"] == condition]
                cells[column] = (told or [otherwise])[0]
            rows.append([str(cells[column]) for column in columns(kind)])
    return sorted(rows)


def test_rows_are_the_servers(tmp_path, monkeypatch):
    """Over every recording and case."""
    merged = Merge(tmp_path / "cluster")
    then = merged.now.replace(microsecond=0)
    (merged.folder / "snapshot.json").write_text(json.dumps({
        "schema": "krunbook.snapshot/v1", "version": "v1.36.0", "taken_at": then.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "covered": [{"resource": kind + group, "namespace": "*"} for kind, group in KINDS.items()]}))

    class Then(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return then

    monkeypatch.setattr(tables.datetime, "datetime", Then)
    found = printed(merged.folder, tmp_path)
    for kind in KINDS:
        wanted = expected(merged.folder, kind)
        assert len(wanted) > 3 and sorted(found[kind]) == wanted, kind
