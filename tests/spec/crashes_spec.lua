local crashes = require("krunbook.crashes")

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
  ["memory is named only where the status says so"] = function(check)
    check.is(crashes.is_oom({ reason = "OOMKilled", exitCode = 1 }))
    check.is(not crashes.is_oom({ reason = "Error", exitCode = 137 }))
  end,
}
