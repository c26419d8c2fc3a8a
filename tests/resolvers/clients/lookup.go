// Looks a name up by Go's own resolver.
package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
)

func main() {
	resolver := net.Resolver{PreferGo: true}
	found, err := resolver.LookupHost(context.Background(), os.Args[1])
	told := map[string]any{"addresses": append([]string{}, found...)}
	if err != nil {
		told["error"] = err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(told)
}
