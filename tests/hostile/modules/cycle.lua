return { other = require("modules.cycle_back") }
