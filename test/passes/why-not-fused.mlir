// RUN: net-opt %s --net-fuse=why-not-fused=true -verify-diagnostics -o /dev/null

func.func @expensive(%x: tensor<64x32xf32>, %w: tensor<32x16xf32>) -> tensor<64x16xf32> {
  // expected-remark @below {{not fused with 'net.einsum': elements of 'net.exp' would be computed several times}}
  %e = net.exp %x : tensor<64x32xf32>
  %p = net.einsum "ab,bc->ac" %e, %w : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
  func.return %p : tensor<64x16xf32>
}

func.func @two(%x: tensor<64x32xf32>, %v: tensor<32x32xf32>, %w: tensor<32x16xf32>) -> tensor<64x16xf32> {
  // expected-remark @below {{not fused with 'net.einsum': a kernel has one product at most}}
  %p = net.einsum "ab,bc->ac" %x, %v : (tensor<64x32xf32>, tensor<32x32xf32>) -> tensor<64x32xf32>
  %q = net.einsum "ab,bc->ac" %p, %w : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
  func.return %q : tensor<64x16xf32>
}
