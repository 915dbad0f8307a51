// Prints what Go reads in the tars whose paths come on standard input, a line of JSON for each:
//
//	python -m support.odd_tars FOLDER && ls FOLDER/* | go run reader.go
package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

type H struct {
	Name, Link, Type, Sum string
	Size, Mode            int64
	Uid, Gid              int
	Seconds, Nanos        int64
	X                     map[string]string
}
type R struct {
	Err     string
	Headers []H
}

func main() {
	sc := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for sc.Scan() {
		f, err := os.Open(sc.Text())
		if err != nil {
			panic(err)
		}
		r := R{Headers: []H{}}
		t := tar.NewReader(bufio.NewReader(f))
		for {
			h, err := t.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				r.Err = err.Error()
				break
			}
			e := H{Name: hex.EncodeToString([]byte(h.Name)), Link: hex.EncodeToString([]byte(h.Linkname)), Type: fmt.Sprintf("%02x", h.Typeflag), Size: h.Size, Mode: h.Mode, Uid: h.Uid, Gid: h.Gid, Seconds: h.ModTime.Unix(), Nanos: int64(h.ModTime.Nanosecond()), X: map[string]string{}}
			for k, v := range h.Xattrs {
				e.X[hex.EncodeToString([]byte(k))] = hex.EncodeToString([]byte(v))
			}
			if h.Size < 1<<22 {
				s := sha256.New()
				_, err = io.Copy(s, t)
				if err != nil {
					r.Err = err.Error()
					r.Headers = append(r.Headers, e)
					break
				}
				e.Sum = hex.EncodeToString(s.Sum(nil))
			}
			r.Headers = append(r.Headers, e)
		}
		f.Close()
		b, _ := json.Marshal(r)
		out.Write(b)
		out.WriteString("\n")
	}
}
