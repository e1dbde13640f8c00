std = "lua54"
max_line_length = 150
exclude_files = { "tests/hostile" } -- bad on purpose
read_globals = { "kube" } -- the primitives, which the program gives to every runbook
files["src/book/context.lua"] = { globals = { "kube" } } -- it adds to them
-- Declarations for editors: functions without bodies.
files["stdlib/meta"] = { ignore = { "1..", "2..", "3..", "631" } }
