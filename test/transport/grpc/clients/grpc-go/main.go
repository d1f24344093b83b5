// grpc-go as it comes: 1,000 calls, each answer with a PING of its own, deadlines that pass, and
// cancellations. Prints what became of them.
//
// Run by test/transport/grpc/clients/clients.test.ts, with the address of the service.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const patience = 20 * time.Second

// raw has messages that are bytes already.
type raw struct{}

func (raw) Marshal(value any) ([]byte, error) { return *value.(*[]byte), nil }

func (raw) Unmarshal(data []byte, value any) error {
	*value.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func (raw) Name() string { return "proto" }

type client struct{ connection *grpc.ClientConn }

func (c client) call(ctx context.Context, method, message string) (string, codes.Code) {
	in, out := []byte(message), []byte(nil)
	err := c.connection.Invoke(ctx, "/test.Echo/"+method, &in, &out)
	return string(out), status.Code(err)
}

// atOnce says how often what each of so many calls returns came.
func atOnce[T comparable](count int, call func(i int) T) map[T]int {
	var group sync.WaitGroup
	var lock sync.Mutex
	seen := map[T]int{}
	for i := range count {
		group.Go(func() {
			one := call(i)
			lock.Lock()
			defer lock.Unlock()
			seen[one]++
		})
	}
	group.Wait()
	return seen
}

func main() {
	connection, err := grpc.NewClient(os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})))
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	c := client{connection}

	within := func(wait time.Duration, method, message string) (string, codes.Code) {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		return c.call(ctx, method, message)
	}
	echoed := 0
	for first := 0; first < 1_000; first += 100 {
		echoed += atOnce(100, func(i int) bool {
			message := fmt.Sprintf("call %d", first+i)
			answer, _ := within(patience, "Echo", message)
			return answer == message
		})[true]
	}
	deadlines := atOnce(50, func(int) codes.Code {
		_, code := within(50*time.Millisecond, "Late", "late")
		return code
	})
	cancelled := atOnce(200, func(i int) codes.Code {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		time.AfterFunc(time.Duration(i%2)*20*time.Millisecond, cancel)
		_, code := c.call(ctx, "Late", "cancelled")
		return code
	})
	last, _ := within(patience, "Echo", "last")
	outcome, _ := json.Marshal(map[string]any{
		"echoed": echoed, "deadlines": deadlines, "cancelled": cancelled, "last": last,
	})
	fmt.Println(string(outcome))
}
