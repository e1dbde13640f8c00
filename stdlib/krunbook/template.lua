-- What `krunbook new NAME` writes: a runbook that says what each of its parts is for, and a case of it that passes.
local M = {}

local runbook = [==[
-- Which containers were restarted often? A runbook to start from: change what it looks at, what it concludes, and this line.
--
--   krunbook lint NAME.lua                    reads it for mistakes
--   krunbook test NAME.lua                    runs its cases, in NAME.tests
--   krunbook run ./NAME.lua -n shop           runs it on the cluster of your kubeconfig; it can only read
--   krunbook test --record CASE -- run ./NAME.lua -n shop    makes a case of what the cluster says now
local containers = require("krunbook.containers")
local next_steps = require("krunbook.next_steps")

return {
  name = "NAME",
  summary = "Which containers were restarted often?",

  -- What can be given on the command line: --pod web-1 --restarts 5. The types: string, integer, number, boolean,
  -- duration, enum, object (pod/web-1).
  args = {
    pod = { type = "string", help = "this pod; every pod of the namespace when left out" },
    restarts = { type = "integer", default = 3, help = "so many are too many" },
  },

  -- What the runbook must be allowed to do: `krunbook rbac ./NAME.lua` makes a role of it.
  needs = { "get,list pods", "list events" },

  -- The codes of its findings. People filter and count by them: a code never changes what it means.
  findings = { "restarts-often" },

  examples = { "krunbook run ./NAME.lua -n shop", "krunbook run ./NAME.lua --pod web-1 --restarts 5" },

  -- ctx is the run: ctx:finding, ctx:healthy. args holds the arguments. kube asks the cluster: kube.get, kube.list, kube.events, ...
  -- Whatever cannot be read is noted in the report by itself, and keeps the exit status from being 0.
  run = function(ctx, args)
    for _, pod in ctx:targets("pods", args.pod) do
      local fine = true
      for _, container in ipairs(containers.of(pod)) do
        if container.restarts >= args.restarts then
          fine = false
          ctx:finding {
            code = "restarts-often",
            severity = "warning", -- critical: exit status 2; warning: 1; info: 0
            object = pod,
            container = container.name,
            cause = ("Container %s was restarted %d times."):format(container.name, container.restarts),
            -- What shows it, the deciding one first: events, states, lines of logs, as the cluster said them.
            evidence = { containers.evidence(container), table.unpack((kube.events(pod))) },
            -- What a person can paste or do next.
            next_steps = { next_steps.logs(pod, container.name, true) },
          }
        end
      end
      if fine then
        ctx:healthy(pod)
      end
    end
  end,
}
]==]

local case = [==[
{
  "title": "web was restarted five times, db never",
  "snapshot": "snapshot",
  "namespace": "shop",
  "args": [],
  "exit": 1,
  "findings": [
    {
      "code": "restarts-often",
      "severity": "warning",
      "object": "Pod/shop/web-1/web",
      "count": 1,
      "contains": ["restarted 5 times", "Back-off restarting failed container", "kubectl -n shop logs web-1 -c web --previous"]
    }
  ],
  "healthy": ["Pod/shop/db-0"]
}
]==]

local index = [==[
{
  "schema": "krunbook.snapshot/v1",
  "taken_at": "2026-01-31T08:00:00Z",
  "covered": [
    {"resource": "namespaces"},
    {"resource": "pods", "namespace": "shop"},
    {"resource": "events", "namespace": "shop"}
  ]
}
]==]

local namespaces = [==[
{
  "apiVersion": "v1",
  "kind": "NamespaceList",
  "items": [
    {"metadata": {"name": "shop", "uid": "a0000000-0000-4000-8000-000000000000"}, "status": {"phase": "Active"}}
  ]
}
]==]

local pods = [==[
{
  "apiVersion": "v1",
  "kind": "PodList",
  "items": [
    {
      "metadata": {"name": "db-0", "namespace": "shop", "uid": "a0000000-0000-4000-8000-000000000001"},
      "spec": {"nodeName": "node-1", "containers": [{"name": "db", "image": "postgres:16"}]},
      "status": {"phase": "Running", "containerStatuses": [
        {"name": "db", "ready": true, "restartCount": 0, "image": "postgres:16",
         "state": {"running": {"startedAt": "2026-01-30T08:00:00Z"}}}]}
    },
    {
      "metadata": {"name": "web-1", "namespace": "shop", "uid": "a0000000-0000-4000-8000-000000000002"},
      "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "example.com/web:1.4"}]},
      "status": {"phase": "Running", "containerStatuses": [
        {"name": "web", "ready": false, "restartCount": 5, "image": "example.com/web:1.4",
         "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting failed container"}},
         "lastState": {"terminated": {"exitCode": 1, "reason": "Error",
                                      "startedAt": "2026-01-31T07:57:02Z", "finishedAt": "2026-01-31T07:57:03Z"}}}]}
    }
  ]
}
]==]

local events = [==[
{
  "apiVersion": "v1",
  "kind": "EventList",
  "items": [
    {
      "metadata": {"name": "web-1.17f0", "namespace": "shop", "uid": "a0000000-0000-4000-8000-000000000003"},
      "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-1", "uid": "a0000000-0000-4000-8000-000000000002"},
      "type": "Warning", "reason": "BackOff", "message": "Back-off restarting failed container web in pod web-1",
      "count": 12, "firstTimestamp": "2026-01-31T07:50:00Z", "lastTimestamp": "2026-01-31T07:59:40Z"
    }
  ]
}
]==]

---The files of a new runbook, with their paths from the folder that it is made in.
---@param question {name: string}
---@return {files: {path: string, text: string}[]}|{usage: string}
function M.run(question)
  local name = question.name
  if not name:find("^[a-z0-9][a-z0-9-]*$") or #name > 63 then
    return { usage = ("%q is no name for a runbook: lower-case words with hyphens, such as check-rollout"):format(name) }
  end
  local inside = name .. ".tests/restarts-often/"
  return { files = {
    { path = name .. ".lua", text = (runbook:gsub("NAME", name)) },
    { path = inside .. "case.json", text = case },
    { path = inside .. "snapshot/snapshot.json", text = index },
    { path = inside .. "snapshot/cluster/namespaces.json", text = namespaces },
    { path = inside .. "snapshot/namespaces/shop/pods.json", text = pods },
    { path = inside .. "snapshot/namespaces/shop/events.json", text = events },
  } }
end

return M
