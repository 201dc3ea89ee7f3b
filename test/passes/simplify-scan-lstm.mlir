// RUN: net-opt %s --net-pipeline-grad --net-pipeline-simplify | FileCheck %s

// A training step of a long short-term memory: one product for all inputs, one a turn, one a turn
// backwards, and one for the gradients of all weights.

// CHECK-LABEL: func.func @lstm
// CHECK-SAME: (%[[X:.*]]: tensor<?x2x3xf32
// CHECK-NOT: net.scan
// CHECK: %[[INPUTS:.*]] = net.einsum "tbi,gij->tgbj" %[[X]], %{{.*}} : {{.*}} -> tensor<?x4x2x4xf32
// CHECK-NOT: net.einsum
// CHECK: net.scan {{.*}}%[[INPUTS]]{{.*}} with
// CHECK: ^bb0({{.*}}: tensor<4x2x4xf32>
// CHECK: net.einsum "bi,gij->gbj" %{{.*}}, %{{.*}} : (tensor<2x4xf32>, tensor<4x4x4xf32>) -> tensor<4x2x4xf32>
// CHECK-NOT: net.einsum
// CHECK: net.yield
// CHECK-NOT: net.einsum
// CHECK: %[[BACK:.*]]:{{.*}} = net.scan {{.*}} reverse
// CHECK-NOT: net.einsum
// CHECK: %[[DZ:.*]] = net.concat
// CHECK: net.einsum "gbj,gij->bi" %[[DZ]], %{{.*}} : (tensor<4x2x4xf32>, tensor<4x4x4xf32>) -> tensor<2x4xf32>
// CHECK-NOT: net.einsum
// CHECK: net.yield %[[DZ]], {{[^,]*, [^,]*}} :
// CHECK-NOT: net.einsum
// CHECK: net.einsum "tbi,tgbj->gij" %{{.*}}, %[[BACK]]#0 : {{.*}} -> tensor<4x7x4xf32>
// CHECK-NOT: net.einsum
// CHECK: return
!X = tensor<?x2x3xf32, #net.sizes<[T, 2, 3]>>
!H = tensor<?x2x4xf32, #net.sizes<[T, 2, 4]>>
func.func @lstm(%x: !X, %wg: tensor<7x4xf32>, %wi: tensor<7x4xf32>, %wf: tensor<7x4xf32>, %wo: tensor<7x4xf32>, %bg: tensor<4xf32>, %bi: tensor<4xf32>, %bf: tensor<4xf32>, %bo: tensor<4xf32>) -> (tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %dwg, %dwi, %dwf, %dwo, %dbg, %dbi, %dbf, %dbo, %l = net.grad %wg, %wi, %wf, %wo, %bg, %bi, %bf, %bo : (tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) {
  ^bb0(%wg_: tensor<7x4xf32>, %wi_: tensor<7x4xf32>, %wf_: tensor<7x4xf32>, %wo_: tensor<7x4xf32>, %bg_: tensor<4xf32>, %bi_: tensor<4xf32>, %bf_: tensor<4xf32>, %bo_: tensor<4xf32>):
    %none = net.constant dense<0.0> : tensor<f32>
    %h0 = net.broadcast %none to [] : tensor<f32> -> tensor<2x4xf32>
    %hs, %last, %memory = net.scan %x with %h0, %h0 : (!X, tensor<2x4xf32>, tensor<2x4xf32>) -> (!H, tensor<2x4xf32>, tensor<2x4xf32>) {
    ^bb0(%x_t: tensor<2x3xf32>, %h: tensor<2x4xf32>, %c: tensor<2x4xf32>):
      %z = net.concat %h, %x_t over 1 : (tensor<2x4xf32>, tensor<2x3xf32>) -> tensor<2x7xf32>
      %pg = net.einsum "bi,ij->bj" %z, %wg_ : (tensor<2x7xf32>, tensor<7x4xf32>) -> tensor<2x4xf32>
      %cg = net.broadcast %bg_ to [1] : tensor<4xf32> -> tensor<2x4xf32>
      %sg = net.add %pg, %cg : tensor<2x4xf32>
      %g = net.tanh %sg : tensor<2x4xf32>
      %pi = net.einsum "bi,ij->bj" %z, %wi_ : (tensor<2x7xf32>, tensor<7x4xf32>) -> tensor<2x4xf32>
      %ci = net.broadcast %bi_ to [1] : tensor<4xf32> -> tensor<2x4xf32>
      %si = net.add %pi, %ci : tensor<2x4xf32>
      %i = net.sigmoid %si : tensor<2x4xf32>
      %pf = net.einsum "bi,ij->bj" %z, %wf_ : (tensor<2x7xf32>, tensor<7x4xf32>) -> tensor<2x4xf32>
      %cf = net.broadcast %bf_ to [1] : tensor<4xf32> -> tensor<2x4xf32>
      %sf = net.add %pf, %cf : tensor<2x4xf32>
      %f = net.sigmoid %sf : tensor<2x4xf32>
      %po = net.einsum "bi,ij->bj" %z, %wo_ : (tensor<2x7xf32>, tensor<7x4xf32>) -> tensor<2x4xf32>
      %co = net.broadcast %bo_ to [1] : tensor<4xf32> -> tensor<2x4xf32>
      %so = net.add %po, %co : tensor<2x4xf32>
      %o = net.sigmoid %so : tensor<2x4xf32>
      %fc = net.mul %f, %c : tensor<2x4xf32>
      %ig = net.mul %i, %g : tensor<2x4xf32>
      %next = net.add %fc, %ig : tensor<2x4xf32>
      %t = net.tanh %next : tensor<2x4xf32>
      %y = net.mul %o, %t : tensor<2x4xf32>
      net.yield %y, %y, %next : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
    }
    %squares = net.mul %hs, %hs : !H
    %loss = net.sum %squares over [0, 1, 2] : (!H) -> tensor<f32>
    net.yield %loss : tensor<f32>
  }
  return %dwg, %dwi, %dwf, %dwo, %dbg, %dbi, %dbf, %dbo : tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<7x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
