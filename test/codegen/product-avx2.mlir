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
