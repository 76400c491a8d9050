// Prints what test/kernel/go-log.test.ts holds the core's logarithm against: go run test/kernel/go-log.go
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

func main() {
	bits := sha256.New()
	for x := 2; x <= 1_000_002; x++ {
		binary.Write(bits, binary.LittleEndian, math.Log(float64(x)))
	}
	fmt.Printf("2 to 1,000,002: %x\n", bits.Sum(nil))
	for _, x := range []float64{2, 3, 7, 10, 14, 176, 185, 220, 680, 835, 1002, 5002, 1<<53 - 1} {
		fmt.Printf("%.0f: %016x\n", x, math.Float64bits(math.Log(x)))
	}
}
