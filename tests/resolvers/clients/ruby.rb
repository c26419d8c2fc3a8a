# Looks a name up by Ruby's Resolv.
require 'json'
require 'resolv'
begin
  puts JSON.generate(addresses: Resolv.getaddresses(ARGV[0]), error: '')
rescue Resolv::ResolvError => e
  puts JSON.generate(addresses: [], error: e.message)
end
