// RUN: net-opt %s --net-to-loops --canonicalize --cse | FileCheck %s

// Rows are read in place, the other operand in panels of 32 lanes: a tile of 14x32 is 28 sums, carried by one
// loop, with no memory but two vectors and fourteen scalars a turn.
// CHECK-LABEL: func.func private @square.kernel_0.1
// CHECK:       %{{.*}}:28 = scf.for
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<16xf32>
// CHECK-COUNT-14: llvm.load {{.*}} -> f32
// CHECK-NOT:   llvm.load
// CHECK:       scf.yield
// CHECK:       llvm.store
func.func @square(%a: tensor<448x96xf32>, %b: tensor<96x256xf32>) -> tensor<448x256xf32> {
  %y = net.einsum "ij,jk->ik" %a, %b : (tensor<448x96xf32>, tensor<96x256xf32>) -> tensor<448x256xf32>
  func.return %y : tensor<448x256xf32>
}

// An image without zeros around it is read in place, and so is the filter; bias and tanh follow in registers.
// CHECK-LABEL: func.func private @window.kernel_0
// CHECK-NOT:   llvm.store
// CHECK:       scf.for
// CHECK:         scf.for
// CHECK:           %{{.*}}:25 = scf.for
// CHECK:             %{{.*}}:25 = scf.for
// CHECK-COUNT-25:      math.fma
// CHECK-NOT:           llvm.store
// CHECK:             scf.yield
func.func @window(%x: tensor<?x14x14x6xf32, #net.sizes<[B, 14, 14, 6]>>, %w: tensor<5x5x6x16xf32>, %c: tensor<16xf32>)
    -> tensor<?x10x10x16xf32, #net.sizes<[B, 10, 10, 16]>> {
  %y = net.kernel : tensor<?x10x10x16xf32, #net.sizes<[B, 10, 10, 16]>> {
    %p = net.conv %x, %w {strides = array<i64: 1, 1>, low = array<i64: 0, 0>, high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>,
      dilation = array<i64: 1, 1>} : (tensor<?x14x14x6xf32, #net.sizes<[B, 14, 14, 6]>>, tensor<5x5x6x16xf32>)
      -> tensor<?x10x10x16xf32, #net.sizes<[B, 10, 10, 16]>>
    %b = net.broadcast %c to [3] : tensor<16xf32> -> tensor<?x10x10x16xf32, #net.sizes<[B, 10, 10, 16]>>
    %s = net.add %p, %b : tensor<?x10x10x16xf32, #net.sizes<[B, 10, 10, 16]>>
    net.yield %s : tensor<?x10x10x16xf32, #net.sizes<[B, 10, 10, 16]>>
  }
  func.return %y : tensor<?x10x10x16xf32, #net.sizes<[B, 10, 10, 16]>>
}

// Six outputs of two pixels share a vector: the filter is packed between zeros, then images, each copied between
// zeros of its own.
// CHECK-LABEL: func.func private @few.kernel_0(
// CHECK:       llvm.intr.memset
// CHECK-LABEL: func.func private @few.kernel_0.1(
// CHECK:       llvm.intr.memset
// CHECK:       llvm.intr.masked.store {{.*}} : vector<16xf32>
func.func @few(%x: tensor<?x28x28x1xf32, #net.sizes<[B, 28, 28, 1]>>, %w: tensor<5x5x1x6xf32>)
    -> tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>> {
  %y = net.conv %x, %w {strides = array<i64: 1, 1>, low = array<i64: 2, 2>, high = array<i64: 2, 2>, input_dilation = array<i64: 1, 1>,
    dilation = array<i64: 1, 1>} : (tensor<?x28x28x1xf32, #net.sizes<[B, 28, 28, 1]>>, tensor<5x5x1x6xf32>)
    -> tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>>
  func.return %y : tensor<?x28x28x6xf32, #net.sizes<[B, 28, 28, 6]>>
}

// A sum that the second cache does not hold goes on block by block: sums lie in memory in between, and each block's chain
// begins with what is there. The last block finishes.
// CHECK-LABEL: func.func private @blocks.kernel_0.1(
// CHECK:       llvm.intr.memset
// CHECK:       scf.for
// CHECK:         llvm.load {{.*}} -> vector<16xf32>
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           math.fma
// CHECK:         llvm.store
// CHECK:       llvm.load {{.*}} -> vector<16xf32>
// CHECK:       scf.for {{.*}} iter_args
// CHECK:         math.fma
// CHECK:       llvm.store
func.func @blocks(%a: tensor<8192x128xf32>, %b: tensor<8192x512xf32>) -> tensor<128x512xf32> {
  %y = net.einsum "ki,kj->ij" %a, %b : (tensor<8192x128xf32>, tensor<8192x512xf32>) -> tensor<128x512xf32>
  func.return %y : tensor<128x512xf32>
}

// Long sums with few results are cut in parts, added in order by a phase of their own.
// CHECK-LABEL: func.func private @long.kernel_0(
// CHECK:       math.fma
// CHECK-LABEL: func.func private @long.kernel_0.1(
// CHECK-NOT:   math.fma
// CHECK:       arith.addf
func.func @long(%x: tensor<10000x4xf32>, %d: tensor<10000x32xf32>) -> tensor<4x32xf32> {
  %y = net.einsum "bi,bj->ij" %x, %d : (tensor<10000x4xf32>, tensor<10000x32xf32>) -> tensor<4x32xf32>
  func.return %y : tensor<4x32xf32>
}

// 150 results in chunks of 64: what is read beside them is read where the chunk is known to be whole, or masked.
// CHECK-LABEL: func.func private @rest.kernel_0.1(
// CHECK:       scf.for
// CHECK-NOT:   -> vector<16xf32>
// CHECK:       scf.if
// CHECK:         llvm.load {{.*}} -> vector<16xf32>
// CHECK:       scf.if
// CHECK:         llvm.intr.masked.load
func.func @rest(%x: tensor<10000x5xf32>, %d: tensor<10000x30xf32>, %w: tensor<5x30xf32>) -> tensor<5x30xf32> {
  %y = net.kernel : tensor<5x30xf32> {
    %p = net.einsum "bi,bj->ij" %x, %d : (tensor<10000x5xf32>, tensor<10000x30xf32>) -> tensor<5x30xf32>
    %z = net.add %p, %w : tensor<5x30xf32>
    net.yield %z : tensor<5x30xf32>
  }
  func.return %y : tensor<5x30xf32>
}
