-- Runs the specs of the standard library with a plain Lua 5.4, and prints TAP: lua5.4 tests/spec/run.lua [PART OF A NAME]
--
-- A spec is a file NAME_spec.lua that returns {["what holds"] = function(check) … end}; check.equal and check.is compare. The
-- primitives are a table `kube` into which a spec puts what it needs. `krunbook test tests/spec` runs the same in the program.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
_G.kube = {}
package.path = here .. "/../../stdlib/?.lua;" .. here .. "/?.lua"

local specs = { "time", "quantities", "images", "selectors", "events", "containers", "pods", "pulls", "starts", "crashes",
  "scheduling", "volumes", "controllers", "findings", "targets", "shell", "next_steps", "services", "nearest",
  "endpoints", "log_patterns", "probes", "recording", "ingresses", "ingress_controllers", "certificates", "lookup",
  "network_policies", "ways_out" }

local function shown(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for key, inner in pairs(value) do
    parts[#parts + 1] = tostring(key) .. "=" .. shown(inner)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end

local check = {}

function check.equal(wanted, got, about)
  if shown(wanted) ~= shown(got) then
    error(("%swanted %s, got %s"):format(about and about .. ": " or "", shown(wanted), shown(got)), 2)
  end
end

function check.is(value, about)
  if not value then
    error((about or "it") .. " does not hold", 2)
  end
end

local count, failed = 0, 0

local function run(name, title, test)
  count = count + 1
  local ok, problem = pcall(test, check)
  print(("%s %d - %s: %s"):format(ok and "ok" or "not ok", count, name, title))
  if not ok then
    failed = failed + 1
    print("# " .. tostring(problem):gsub("\n", "\n# "))
  end
end

print("TAP version 13")
for _, name in ipairs(specs) do
  if name:find(arg[1] or "", 1, true) then
    local spec, titles = require(name .. "_spec"), {}
    for title in pairs(spec) do
      titles[#titles + 1] = title
    end
    table.sort(titles)
    for _, title in ipairs(titles) do
      run(name, title, spec[title])
    end
  end
end
print("1.." .. count)
os.exit(failed == 0)
