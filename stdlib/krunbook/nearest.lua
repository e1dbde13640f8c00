-- What a wrong name or selector may have meant: the nearest name; the pods whose labels come nearest, and what differs.
local selectors = require("krunbook.selectors")

local M = {}

local NEAR_NAME = 0.4 -- a name is near when at most this share of its letters differs
local ABSENT = 2      -- a label of which a pod has nothing alike costs this, where another value costs at most 1 ...
local OTHER_KEY = 0.5 -- ... and the right value under another key at most this

---How many letters apart two words are: insertions, deletions, substitutions and swaps of neighbours count 1 each.
---@param a string
---@param b string
---@return integer
function M.distance(a, b)
  local before, above
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    before, above, row = above, row, { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same and 0 or 1))
      if before and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
  end
  return row[#b]
end

-- The same in parts of the longer word: 0 is equal, 1 has nothing in common.
local function apart(a, b)
  local longer = math.max(#a, #b)
  return longer == 0 and 0 or M.distance(a, b) / longer
end

-- The right value under another key, the nearest one.
local function under_another_key(labels, key, value)
  local found, least
  for other, has in pairs(labels) do
    local cost = has == value and OTHER_KEY * apart(key, other)
    if cost and (not least or cost < least or (cost == least and other < found)) then
      found, least = other, cost
    end
  end
  return found, least
end

---The name nearest to one that is not there; nil when none is near.
---@param wanted string
---@param names string[]
---@return string|nil
function M.name(wanted, names)
  local found, least
  for _, name in ipairs(names) do
    local cost = name ~= wanted and apart(wanted, name) or 1
    if cost <= NEAR_NAME and (not least or cost < least or (cost == least and name < found)) then
      found, least = name, cost
    end
  end
  return found
end

-- What one pair of the selector costs, and, where it is not met, what the pod has in its place.
local function compare(labels, key, value)
  local has = labels[key]
  if has == value then
    return 0
  elseif has then
    return apart(value, has), { key = key, wanted = value, has_key = key, has = has }
  end
  local other, cost = under_another_key(labels, key, value)
  if other then
    return cost, { key = key, wanted = value, has_key = other, has = value }
  end
  return ABSENT, { key = key, wanted = value }
end

---@class Alike
---@field labels table<string, string>
---@field pods Object[]

---Pods with the same labels together, in the order in which they come: replicas are compared once.
---@param all Object[]
---@return Alike[]
function M.alike(all)
  local groups, by_text = {}, {}
  for _, pod in ipairs(all) do
    local labels = pod.metadata.labels or {}
    local text = selectors.text({ matchLabels = labels })
    local group = by_text[text]
    if not group then
      group = { labels = labels, pods = {} }
      groups[#groups + 1], by_text[text] = group, group
    end
    table.insert(group.pods, pod)
  end
  return groups
end

---@class Near
---@field pods Object[]   with the same difference
---@field differs {key: string, wanted: string, has_key?: string, has?: string}[]  sorted by key
---@field cost number     the less, the nearer

-- The difference of labels from those that are wanted; nil when they have nothing of them.
local function difference(labels, wanted, keys)
  local cost, differs, alike = 0, {}, false
  for _, key in ipairs(keys) do
    local step, what = compare(labels, key, wanted[key])
    cost = cost + step
    differs[#differs + 1] = what
    alike = alike or not what or what.has_key ~= nil
  end
  return alike and { pods = {}, differs = differs, cost = cost } or nil
end

local function text_of(near)
  local parts = {}
  for i, one in ipairs(near.differs) do
    parts[i] = ("%s=%s|%s"):format(one.has_key or "", one.has or "", one.key)
  end
  return table.concat(parts, ",")
end

---Pods whose labels come near, those that differ in the same way together, the nearest first.
---@param wanted table<string, string>
---@param groups Alike[]
---@return Near[]
function M.pods(wanted, groups)
  local list, by_text, keys = {}, {}, {}
  for key in pairs(wanted) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for _, group in ipairs(groups) do
    local near = difference(group.labels, wanted, keys)
    local text = near and text_of(near)
    if near and not by_text[text] then
      near.order = #list + 1
      list[near.order], by_text[text] = near, near
    end
    if near then
      table.move(group.pods, 1, #group.pods, #by_text[text].pods + 1, by_text[text].pods)
    end
  end
  table.sort(list, function(a, b)
    if a.cost ~= b.cost then
      return a.cost < b.cost
    end
    return a.order < b.order
  end)
  return list
end

return M
