module yinxin/interop/gmsm

go 1.24.0

require (
	github.com/emmansun/gmsm v0.41.1
	github.com/emmansun/go-pkcs12 v0.4.1
)

require golang.org/x/crypto v0.48.0 // indirect
