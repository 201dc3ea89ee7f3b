// RUN: net-opt --net-recompute-turns=scans=1 %s | FileCheck %s
// RUN: net-opt --net-recompute-turns=scans=0 %s | FileCheck %s --check-prefix=NONE

// The way back runs each turn again, from the carry that it began with; the first pass keeps that alone.
// CHECK-LABEL: func.func @back(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %r:3 = net.scan %x with %h0 : (tensor<8x2xf32>, tensor<2xf32>) -> (tensor<8x2xf32>, tensor<8x2xf32>, tensor<2xf32>) {
  ^bb0(%x_t: tensor<2xf32>, %h: tensor<2xf32>):
    %s = net.add %x_t, %h : tensor<2xf32>
    %e = net.exp %s : tensor<2xf32>
    net.yield %e, %s, %e : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  %g = net.scan %x, %r#0, %r#1 with %r#2 reverse : (tensor<8x2xf32>, tensor<8x2xf32>, tensor<8x2xf32>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%y: tensor<2xf32>, %e: tensor<2xf32>, %s: tensor<2xf32>, %d: tensor<2xf32>):
    %m = net.mul %d, %e : tensor<2xf32>
    %n = net.sub %m, %s : tensor<2xf32>
    net.yield %n : tensor<2xf32>
  }
  return %g, %r#2 : tensor<2xf32>, tensor<2xf32>
}

// What others read is kept for them, and read on the way back as well.
// CHECK-LABEL: func.func @kept
// CHECK: net.exp
// CHECK: net.scan {{.*}} reverse
// CHECK-NOT: net.exp
// CHECK: return
func.func @kept(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<8x2xf32>) {
  %r:2 = net.scan %x with %h0 : (tensor<8x2xf32>, tensor<2xf32>) -> (tensor<8x2xf32>, tensor<2xf32>) {
  ^bb0(%x_t: tensor<2xf32>, %h: tensor<2xf32>):
    %s = net.add %x_t, %h : tensor<2xf32>
    %e = net.exp %s : tensor<2xf32>
    net.yield %e, %e : tensor<2xf32>, tensor<2xf32>
  }
  %g = net.scan %r#0 with %r#1 reverse : (tensor<8x2xf32>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%e: tensor<2xf32>, %d: tensor<2xf32>):
    %m = net.mul %d, %e : tensor<2xf32>
    net.yield %m : tensor<2xf32>
  }
  return %g, %r#0 : tensor<2xf32>, tensor<8x2xf32>
}
