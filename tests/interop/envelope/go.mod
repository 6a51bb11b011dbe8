module yinxin/interop/envelope

go 1.24.0

require (
	github.com/emmansun/gmsm v0.41.1
	golang.org/x/crypto v0.48.0
)

require golang.org/x/text v0.34.0
