-- What the public facts of a TLS Secret's certificate say: is it good now, and for which hosts. Secrets come without their values; what a
-- certificate tells in public stands under `krunbook.certificate` (docs/snapshots.md).
local time = require("krunbook.time")

local M = {}

---The type that a Secret for TLS has.
M.TYPE = "kubernetes.io/tls"

---@class Certificate
---@field subject string
---@field issuer string
---@field dnsNames string[]   of the subject alternative names: the subject's own CN counts for no client of today
---@field notBefore string
---@field notAfter string
---@field keyMatches boolean|nil  whether tls.key is its key, where that could be told
---@field error string|nil    tls.crt holds none, and nothing else is there

---@param secret Object
---@return Certificate|nil  nil where a snapshot does not tell
function M.of(secret)
  return secret.krunbook and secret.krunbook.certificate
end

---Which of the keys that TLS needs a Secret lacks.
---@param secret Object
---@return string[]
function M.missing_keys(secret)
  local missing = {}
  for _, key in ipairs({ "tls.crt", "tls.key" }) do
    if not (secret.data and secret.data[key]) then
      missing[#missing + 1] = key
    end
  end
  return missing
end

-- "*.example.com" takes the place of one whole label, the first.
local function takes(name, host)
  name, host = name:lower(), host:lower()
  if name == host then
    return true
  end
  local suffix = name:match("^%*(%..+)$")
  local label = host:match("^[^.*]+")
  return suffix ~= nil and label ~= nil and host == label .. suffix
end

---Whether a client that asks for the host is content with the certificate. A host may have a "*" itself: an Ingress rule's.
---@param certificate Certificate
---@param host string
---@return boolean
function M.covers(certificate, host)
  for _, name in ipairs(certificate.dnsNames or {}) do
    if takes(name, host) then
      return true
    end
  end
  return false
end

---Whether it is good at that moment, and if not, why: "it expired on 2026-01-31 (3 d ago)".
---@param certificate Certificate
---@param now integer
---@return string|nil problem, string|nil since
function M.out_of_date(certificate, now)
  local from, to = time.parse(certificate.notBefore), time.parse(certificate.notAfter)
  if to and now > to then
    return ("it expired at %s, %s ago"):format(certificate.notAfter, time.duration(now - to)), certificate.notAfter
  elseif from and now < from then
    return ("it is good only from %s on, in %s"):format(certificate.notBefore, time.duration(from - now)), nil
  end
end

---Seconds for which it is still good; nil when it is not, or nobody knows.
---@param certificate Certificate
---@param now integer
---@return integer|nil
function M.left(certificate, now)
  local to = time.parse(certificate.notAfter)
  return to and to >= now and to - now or nil
end

---"CN=shop, for shop.example.com and *.example.org, from … to …".
---@param certificate Certificate
---@return string
function M.text(certificate)
  local names = certificate.dnsNames or {}
  return ("certificate %s, for %s, good from %s to %s"):format(certificate.subject or "?",
    #names > 0 and table.concat(names, ", ") or "no host (it has no subject alternative names)", certificate.notBefore or "?",
    certificate.notAfter or "?")
end

return M
