local containers = require("krunbook.containers")

return {
  ["signals are named"] = function(check)
    check.equal("exit code 1", containers.ending({ exitCode = 1 }))
    check.equal("killed by SIGSEGV (exit code 139)", containers.ending({ exitCode = 139 }))
    check.equal("killed by SIGABRT (exit code 134)", containers.ending({ exitCode = 134 }))
    check.equal("killed by SIGTERM (exit code 143)", containers.ending({ exitCode = 143 }))
    check.equal("exit code 255", containers.ending({ exitCode = 255 }))
    check.equal("exit code 128", containers.ending({ exitCode = 128 }))
  end,
  ["a command is quoted as the spec writes it"] = function(check)
    check.equal('["sleep","a"]', containers.command_line({ command = { "sleep", "a" } }))
    check.equal('["sh","-c","echo \\"x\\""]', containers.command_line({ command = { "sh" }, args = { "-c", 'echo "x"' } }))
    check.equal(nil, containers.command_line({}))
  end,
  ["an init container that restarts always is a sidecar"] = function(check)
    local all = containers.of({ spec = { initContainers = { { name = "a" }, { name = "b", restartPolicy = "Always" } },
      containers = { { name = "c" } } }, status = {} })
    check.equal("init", all[1].kind)
    check.equal("sidecar", all[2].kind)
    check.equal("container", all[3].kind)
  end,
}
