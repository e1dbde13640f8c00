local crashes = require("krunbook.crashes")

local function told(...)
  return crashes.telling_line(table.concat({ ... }, "\n"))
end

local function complaint(words, log)
  return crashes.command_complaint({ command = words }, log)
end

return {
  ["a program that quotes its argument complains of its command line"] = function(check)
    check.equal("sleep: invalid time interval 'a'",
      complaint({ "sleep", "a" }, "sleep: invalid time interval 'a'\nTry 'sleep --help' for more information.\n"))
    check.equal("nginx: invalid option: \"--serve\"", complaint({ "/usr/sbin/nginx", "--serve" }, 'nginx: invalid option: "--serve"'))
    check.equal("unknown flag: --prot", complaint({ "/bin/app", "--prot=80" }, "unknown flag: --prot\n"))
  end,
  ["a usage text is a complaint"] = function(check)
    check.equal("usage: app [-h] FILE", complaint({ "app", "x" }, "usage: app [-h] FILE\n"))
  end,
  ["what a shell's script prints is its own business"] = function(check)
    check.equal(nil, complaint({ "sh", "-c", "echo 'FATAL: invalid option x'; exit 1" }, "FATAL: invalid option x\n"))
    check.equal(nil, complaint({ "/bin/bash", "-ec", "sleep a" }, "sleep: invalid time interval 'a'\n"))
  end,
  ["what an application lacks is not its command line's fault"] = function(check)
    check.equal(nil, complaint({ "/app/server", "--port", "80" }, "panic: missing DATABASE_URL\n"))
    check.equal(nil, complaint({ "/app/server" }, "FATAL: cannot read /etc/app/config.yaml: no such file\n"))
    check.equal(nil, complaint({ "server", "run" }, "server: cannot open /data/db: no such file or directory\n"))
    check.equal(nil, complaint({ "app", "a" }, "invalid value for DATABASE_URL\n"))
  end,
  ["arguments alone are the image's program's"] = function(check)
    check.equal("flag provided but not defined: -prot", crashes.command_complaint({ args = { "-prot=80" } },
      "flag provided but not defined: -prot\nUsage of /app:\n"))
    check.equal("prometheus: error: unknown flag --storage.retention", crashes.command_complaint({ args = { "--storage.retention=15x" } },
      "prometheus: error: unknown flag --storage.retention\n"))
  end,
  ["an interpreter that misses its program complains of its command line"] = function(check)
    check.equal("Error: Cannot find module '/app/server.js'", complaint({ "node", "server.js" },
      "throw err;\n\nError: Cannot find module '/app/server.js'\n    at Module._load\n"))
    check.is(complaint({ "python", "main.py" }, "python: can't open file '/app/main.py': [Errno 2] No such file or directory\n"))
    check.is(complaint({ "java", "-jar", "app.jar" }, "Error: Unable to access jarfile app.jar\n"))
    check.is(complaint({ "java", "com.example.Main" }, "Error: Could not find or load main class com.example.Main\n"))
    check.equal(nil, complaint({ "node", "server.js" }, "Error: Cannot find module 'express'\n"))
  end,
  ["a file that is missing is the command line's fault only where its program says so itself"] = function(check)
    check.equal("cat: /nope: No such file or directory", complaint({ "cat", "/nope" }, "cat: /nope: No such file or directory\n"))
    check.equal(nil, complaint({ "/bin/server", "--config", "/etc/app/config.yaml" },
      'level=fatal msg="open /etc/app/config.yaml: no such file or directory"\n'))
  end,
  ["the telling line is what it died of, not the stack"] = function(check)
    check.equal("panic: missing DATABASE_URL", told("starting", "panic: missing DATABASE_URL", "", "goroutine 1 [running]:", "main.main()",
      "\t/src/main.go:12 +0x1d", "exit status 2"))
    check.equal("Caused by: java.net.UnknownHostException: db", told("Exception in thread \"main\" java.lang.RuntimeException: no database",
      "\tat com.example.Main.main(Main.java:5)", "Caused by: java.net.UnknownHostException: db", "\tat java.base/x(Y.java)", "\t... 3 more"))
    check.equal("KeyError: 'DATABASE_URL'", told("Traceback (most recent call last):", '  File "main.py", line 3, in <module>',
      "    os.environ['DATABASE_URL']", "KeyError: 'DATABASE_URL'"))
    check.equal("Error: listen EADDRINUSE: address already in use :::80", told("node:events:491", "      throw er; // Unhandled 'error' event",
      "      ^", "", "Error: listen EADDRINUSE: address already in use :::80", "    at Server.setupListenHandle (node:net:1463:16)",
      "  code: 'EADDRINUSE'", "}", "", "Node.js v18.17.1"))
    check.equal("could not connect to db:5432", told("connecting", "could not connect to db:5432", "bye"))
    check.equal("bye", told("hello", "bye"))
    check.equal("\tindented", told("\tindented"))
    check.equal(nil, told(""))
  end,
  ["the telling line comes first where it is not among the last ones"] = function(check)
    local words, telling = crashes.last_words("panic: x\na\nb\nc\nd\n")
    check.equal({ "panic: x", "b", "c", "d" }, words)
    check.equal("panic: x", telling)
    check.equal({ "a", "panic: x" }, (crashes.last_words("a\npanic: x\n")))
    check.equal({}, (crashes.last_words("")))
  end,
  ["without a command in the pod there is none to complain of"] = function(check)
    check.equal(nil, complaint(nil, "usage: app\n"))
  end,
  ["soon and late part at the threshold"] = function(check)
    local function late(from, to)
      return (crashes.is_late({ last = { startedAt = from, finishedAt = to } }))
    end
    check.equal(false, late("2026-01-31T08:00:00Z", "2026-01-31T08:00:59Z"))
    check.equal(true, late("2026-01-31T08:00:00Z", "2026-01-31T08:01:00Z"))
    check.equal(false, late("1970-01-01T00:00:00Z", "2026-01-31T08:01:00Z"))
  end,
  ["a container that was lost did not crash"] = function(check)
    check.is(crashes.was_lost({ reason = "Unknown", exitCode = 255 }))
    check.is(crashes.was_lost({ reason = "ContainerStatusUnknown", exitCode = 137 }))
    check.is(not crashes.was_lost({ reason = "Error", exitCode = 255 }))
  end,
  ["memory is named only where the status says so"] = function(check)
    check.is(crashes.is_oom({ reason = "OOMKilled", exitCode = 1 }))
    check.is(not crashes.is_oom({ reason = "Error", exitCode = 137 }))
  end,
}
