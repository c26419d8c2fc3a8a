// Command serve is the application of the node tests, its faults chosen by
// flags, and the client that says in one word what became of a request.
//
//	serve [flags]                 answer HTTP with the pod's name
//	serve call [flags] URL        ask COUNT times, print a word and its count a line
package main

import "os"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "call" {
		call(os.Args[2:])
		return
	}
	listen(os.Args[1:])
}
