-- Another token for each request. All requests are laid out before the clock starts, so that sending
-- one costs an index.
local requests, following = {}, 0

function init(args)
   for token in io.lines(args[1]) do
      wrk.headers["Authorization"] = "Bearer " .. token
      requests[#requests + 1] = wrk.format("GET")
   end
end

function request()
   following = following % #requests + 1
   return requests[following]
end
