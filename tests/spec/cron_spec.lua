local cron = require("krunbook.cron")

local rows = {
  { "* * * * *", 60 }, { "*/10 * * * *", 600 }, { "15 * * * *", 3600 }, { "0 */6 * * *", 6 * 3600 }, { "30 2 * * *", 86400 },
  { "0 2,14 * * *", 86400 }, { "0 2 * * 1-5", 7 * 86400 }, { "0 0 1 * *", 31 * 86400 }, { "0 0 1 1 *", 366 * 86400 },
  { "@hourly", 3600 }, { "@daily", 86400 }, { "@every 1h30m", 5400 }, { "TZ=Europe/Berlin 0 2 * * *", 86400 },
  { "CRON_TZ=Europe/Berlin 0 * * * *", 3600 },
}

return {
  ["a schedule says how long there may be between two runs"] = function(check)
    for _, row in ipairs(rows) do
      check.equal(row[2], cron.longest_gap(row[1]), row[1])
    end
  end,
  ["what is no schedule says nothing"] = function(check)
    for _, text in ipairs({ "", "@sometimes", "* * *", "@every day" }) do
      check.equal(nil, cron.longest_gap(text), text)
    end
    check.equal(nil, cron.longest_gap(nil))
  end,
}
