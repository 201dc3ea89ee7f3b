// RUN: net-opt %s --net-to-loops=vector-bytes=32 --canonicalize --cse | FileCheck %s

// Four of eight lanes are half a vector, stored without a mask, which would cost more than the product.
// CHECK-LABEL: func.func private @few.kernel_0
// CHECK-NOT:   llvm.intr.masked.store
// CHECK:       vector<4xf32>
// CHECK-LABEL: func.func
func.func @few(%a: tensor<?x16xf32, #net.sizes<[B, 16]>>, %b: tensor<16x4xf32>) -> tensor<?x4xf32, #net.sizes<[B, 4]>> {
  %y = net.einsum "ij,jk->ik" %a, %b : (tensor<?x16xf32, #net.sizes<[B, 16]>>, tensor<16x4xf32>) -> tensor<?x4xf32, #net.sizes<[B, 4]>>
  func.return %y : tensor<?x4xf32, #net.sizes<[B, 4]>>
}

// tanh of a tile is long: its code is there once, in a loop over the rows, and the tile comes from the stack.
// CHECK-LABEL: func.func private @long.kernel_0
// CHECK:       %[[TILE:.*]] = llvm.alloca
// CHECK:       llvm.store %{{.*}}, %[[TILE]]
// CHECK:       scf.for
// CHECK:       llvm.getelementptr %[[TILE]]
// CHECK-COUNT-1: arith.divf
// CHECK-NOT:   arith.divf
// CHECK-LABEL: func.func
func.func @long(%a: tensor<12x16xf32>, %b: tensor<16x8xf32>) -> tensor<12x8xf32> {
  %y = net.kernel : tensor<12x8xf32> {
    %p = net.einsum "ij,jk->ik" %a, %b : (tensor<12x16xf32>, tensor<16x8xf32>) -> tensor<12x8xf32>
    %t = net.tanh %p : tensor<12x8xf32>
    net.yield %t : tensor<12x8xf32>
  }
  func.return %y : tensor<12x8xf32>
}

// Four turns of the sum are one turn of the loop, and fetch what the next panel begins with; three are left.
// CHECK-LABEL: func.func private @large.kernel_0
// CHECK:       llvm.intr.prefetch
// CHECK-COUNT-48: math.fma
// CHECK-NOT:   math.fma
// CHECK:       scf.yield
func.func @large(%a: tensor<1024x515xf32>, %b: tensor<515x1024xf32>) -> tensor<1024x1024xf32> {
  %y = net.einsum "ij,jk->ik" %a, %b : (tensor<1024x515xf32>, tensor<515x1024xf32>) -> tensor<1024x1024xf32>
  func.return %y : tensor<1024x1024xf32>
}
