// Looks a name up by Node's dns.resolve4.
require('dns').resolve4(process.argv[2], (error, found) => {
  console.log(JSON.stringify({ addresses: found || [], error: error ? error.code : '' }));
});
