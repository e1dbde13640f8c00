-- The manual pages krunbook(1) and krunbook-runbook(7), from what the program says of itself (krunbook help -o json) and from the
-- declarations of what runbooks can call: what `krunbook help --man` prints.
local reference = require("krunbook.reference")
local roff = require("krunbook.manual.roff")

local M = {}

local DATE = "2026-11-25" -- of the last change to what these pages say themselves

local environment = {
  { "KUBECONFIG", "kubeconfig files, separated by colons; ~/.kube/config when it is not set." },
  { "KRUNBOOK_PATH", "folders that are searched for runbooks, separated by colons." },
  { "XDG_CONFIG_HOME", "the folder krunbook in it is searched for runbooks; ~/.config when it is not set." },
  { "XDG_STATE_HOME", "where the prompt of krunbook repl keeps its history; ~/.local/state when it is not set." },
  { "KRUNBOOK_COMPLETION_TIMEOUT", "how long a cluster is asked for what completes a word: 3s; a second when it is not set." },
  { "HTTPS_PROXY, NO_PROXY", "as curl takes them, https_proxy and no_proxy too." },
  { "NO_COLOR", "when it is set, nothing is coloured." },
  { "TMPDIR", "where krunbook test --shuffle puts its copies; /tmp when it is not set." },
}

local files = {
  { "~/.kube/config", "which cluster, and who asks; as kubectl reads it." },
  { "~/.config/krunbook/NAME.lua", "a runbook of your own; it goes before a shipped one of that name." },
  { "~/.config/krunbook/masks.conf", "more that is masked in reports, a pattern a line." },
  { "/usr/share/krunbook/runbooks", "the shipped runbooks; stdlib beside it has the library, and the declarations for editors." },
  { "/usr/share/krunbook/clusters/procedures", "the recorded cluster that --demo asks." },
}

local examples = {
  { "Why does this pod not run?", "krunbook run pod-status --pod web-5d4f8c-x2x7k" },
  { "What is wrong in this namespace, and how is that known?", "krunbook run pod-status -n shop --explain" },
  { "The same on the recorded cluster that comes with the program:", "krunbook run pod-status --demo" },
  { "From an Ingress down to the pod behind it:", "krunbook run ingress --host shop.example.com" },
  { "Record a namespace, and diagnose it elsewhere:", "krunbook snapshot -n shop ./shop\nkrunbook run pod-status --snapshot ./shop" },
  { "A page for people and a report for scripts:", "krunbook run pod-status -A -o html=report.html -o json=report.json" },
}

local function put_flags(page, flags)
  for _, flag in ipairs(flags) do
    local names = (flag.letter and roff.bold("-" .. flag.letter) .. ", " or "") .. roff.bold("--" .. flag.name)
    page:item(names .. (flag.value and " " .. roff.italic(flag.value) or ""), flag.help)
  end
end

local function put_commands(page, commands)
  page:section("Commands")
  for _, command in ipairs(commands) do
    page:subsection("krunbook " .. command.name .. (command.operands ~= "" and " " .. command.operands or ""))
    page:text(command.details)
    put_flags(page, command.flags)
  end
end

local function put_pairs(page, title, list)
  page:section(title)
  for _, pair in ipairs(list) do
    page:item(roff.bold(pair[1]), pair[2])
  end
end

local function put_runbooks(page, runbooks)
  page:section("Runbooks")
  page:text("krunbook list shows those that are found here, krunbook show NAME what one takes, needs and finds. These are shipped:")
  for _, runbook in ipairs(runbooks) do
    page:item(roff.bold(runbook.name), runbook.metadata and runbook.metadata.summary or "")
  end
end

local function put_exit_statuses(page, statuses)
  page:section("Exit status")
  for _, each in ipairs(statuses) do
    page:item(roff.bold(tostring(each.status)), each.meaning .. ".")
  end
end

local function sentence(text)
  return (text:gsub("%.?$", "."))
end

---krunbook(1).
---@param question {help: table, files: table[]}
---@return {roff: string}
function M.program(question)
  local help = question.help
  local page = roff.page("krunbook", 1, "User Commands", help.version, DATE)
  page:section("Name")
  page:raw("krunbook \\- troubleshooting runbooks for Kubernetes")
  page:section("Synopsis")
  for i, command in ipairs(help.commands) do
    if i > 1 then
      page:raw(".br")
    end
    page:raw(".B krunbook " .. roff.escape(command.name))
    page:put((command.operands ~= "" and roff.escape(command.operands) .. " " or "") .. "[flags]")
  end
  page:section("Description")
  page:text("krunbook " .. help.summary .. " A runbook works through the steps that an experienced person would, and says what it found: the\n"
    .. "cause, since when, the line of evidence that decided it, and what to paste next.\n\n"
    .. "Installed as kubectl-krunbook, too, it is a plugin of kubectl: kubectl krunbook run pod-status.\n\n"
    .. "What may not be read is unknown, with the permission that it needs, and never taken for \"not there\" or \"healthy\".")
  put_commands(page, help.commands)
  page:section("Flags")
  page:text("Every command takes these.")
  put_flags(page, help.flags)
  page:section("Formats")
  page:text("What -o takes for a report. A format with =FILE goes into a file, which is written whole or not at all.")
  for _, format in ipairs(help.formats) do
    page:item(roff.bold(format.name), sentence(format.summary))
  end
  put_runbooks(page, help.runbooks)
  put_exit_statuses(page, help.exit_statuses)
  put_pairs(page, "Environment", environment)
  put_pairs(page, "Files", files)
  page:section("Examples")
  for _, example in ipairs(examples) do
    page:text(example[1])
    page:example(example[2])
  end
  page:section("See also")
  page:raw(".BR krunbook\\-runbook (7),")
  page:raw(".BR kubectl (1)")
  return { roff = page:roff() }
end

local members = {
  { "name", "text", "What it is called; the file's name without .lua when left out." },
  { "summary", "text", "One line, for krunbook list." },
  { "description", "text", "More, for krunbook show." },
  { "args", "table", "Its arguments by name; see below." },
  { "needs", "list of text", 'What it must be allowed: "get,list pods", "list events", "get pods/log". Of these krunbook rbac makes a role.' },
  { "findings", "list of text", "The codes that it can report." },
  { "examples", "list of text", "Command lines." },
  { "run", "function(ctx, args)", "Does the work: asks with kube, tells with ctx." },
}

local argument_members = {
  { "type", "One of the types below." },
  { "values", "Of an enum: what it can be." },
  { "default", "What it is when it is not given." },
  { "required", "Whether it must be given." },
  { "repeated", "Whether it may be given several times; it is a list then." },
  { "help", "One line." },
}

local example = [[
return {
  name = "restarts",
  summary = "Which containers restart often?",
  args = { least = { type = "integer", default = 5, help = "restarts from which on a container is named" } },
  needs = { "list pods" },
  findings = { "restarts-often" },
  run = function(ctx, args)
    for _, pod in ctx:targets("pods") do
      for _, container in ipairs(pod.status.containerStatuses or {}) do
        if container.restartCount >= args.least then
          ctx:finding { code = "restarts-often", severity = "warning", object = pod, container = container.name,
            cause = ("it was restarted %d times"):format(container.restartCount) }
        end
      end
    end
  end,
}]]

local function put_functions(page, title, module)
  page:section(title)
  page:text(module.header)
  for _, made in ipairs(module.entries) do
    if made.kind == "function" then
      page:raw(".TP")
      page:put(roff.bold((made.name:gsub("^Context:", "ctx:"))) .. "(" .. roff.italic(table.concat(made.arguments, ", ")) .. ")")
      page:put(roff.escape(table.concat(made.text, "\n")))
      for _, param in ipairs(made.params) do
        page:raw(".br")
        page:put(roff.italic(param.name) .. ": " .. roff.escape(param.type .. (param.text ~= "" and ", " .. param.text or "")))
      end
      for _, result in ipairs(made.returns) do
        page:raw(".br")
        page:put(roff.escape("gives " .. result.type .. (result.text ~= "" and " " .. result.text or "")))
      end
    end
  end
end

local function put_library(page, modules)
  page:section("Library")
  page:text("What runbooks share, by require. krunbook doc MODULE prints the reference of one.")
  for _, module in ipairs(modules) do
    if not module.name:find("^meta%.") then
      page:item(roff.bold(module.name), (module.header:gsub("\n", " "):match("^(.-[.:?]) ") or module.header:gsub("\n", " ")):gsub(":$", "."))
    end
  end
end

local function put_shape(page, help)
  page:section("Example")
  page:example(example)
  page:text("Run with krunbook run ./restarts.lua -n shop --least 3.")
  page:section("Members")
  page:text("A runbook is a file of Lua 5.4 that returns a table.")
  for _, member in ipairs(members) do
    page:item(roff.bold(member[1]) .. " (" .. roff.escape(member[2]) .. ")", member[3])
  end
  page:section("Arguments")
  page:text("args has a table for each argument. On the command line it is a flag of the same name: since_last is --since-last.")
  for _, member in ipairs(argument_members) do
    page:item(roff.bold(member[1]), member[2])
  end
  page:subsection("Types")
  for _, type_ in ipairs(help.argument_types) do
    page:item(roff.bold(type_.name), sentence(type_.takes))
  end
end

---krunbook-runbook(7).
---@param question {help: table, files: table[]}
---@return {roff: string}
function M.runbook(question)
  local page = roff.page("krunbook-runbook", 7, "Miscellaneous", question.help.version, DATE)
  local modules, declared = reference.modules(question.files), {}
  for _, module in ipairs(modules) do
    declared[module.name] = module
  end
  page:section("Name")
  page:raw("krunbook\\-runbook \\- how runbooks for krunbook(1) are written")
  page:section("Description")
  page:text("A runbook is a short Lua file that asks a Kubernetes cluster, decides what is wrong, and says so. It can read, and nothing else;\n"
    .. "its time, memory and requests are bounded, and it is loaded without I/O. krunbook new NAME writes one to start from, krunbook lint\n"
    .. "reads one for mistakes, krunbook test runs the cases beside it, krunbook repl tries out lines of it.")
  put_shape(page, question.help)
  put_functions(page, "Asking: kube", declared["meta.kube"])
  put_functions(page, "Telling: ctx", declared["meta.ctx"])
  put_library(page, modules)
  page:section("Where runbooks are found")
  page:text("A NAME with a \"/\" is a path. Else the first folder that has it wins: those of --runbook-path, $KRUNBOOK_PATH,\n"
    .. "$XDG_CONFIG_HOME/krunbook, beside the program (share/krunbook), the installed data folder, and last the copies in the program itself.\n"
    .. "The current folder is never searched unasked. require(\"runbooks.NAME\") gives the runbook that one of the same name shadows.")
  page:section("Cases")
  page:text("NAME.tests/CASE/case.json beside NAME.lua names a snapshot, arguments and the findings that must come of them. krunbook test\n"
    .. "--record NAME -- run ... makes one of a run.")
  page:section("See also")
  page:raw(".BR krunbook (1)")
  return { roff = page:roff() }
end

return M
