// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.scan: a region a turn. Its derivative is a scan in the other direction; test/unit/ScanNumeric.cpp has the numbers.

// CHECK-LABEL: @map(
// CHECK: net.scan %{{.*}} : (tensor<?x2xf32, #net.sizes<[T, 2]>>) -> tensor<?xf32, #net.sizes<[T]>> {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<2xf32>):
func.func @map(%xs: tensor<?x2xf32, #net.sizes<[T, 2]>>) -> tensor<?xf32, #net.sizes<[T]>> {
  %ys = net.scan %xs : (tensor<?x2xf32, #net.sizes<[T, 2]>>) -> tensor<?xf32, #net.sizes<[T]>> {
  ^bb0(%x: tensor<2xf32>):
    %y = net.sum %x over [0] : (tensor<2xf32>) -> tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %ys : tensor<?xf32, #net.sizes<[T]>>
}

// -----

// The forward scan keeps what each turn began with; the backward one reads it from the last turn on,
// adds up what the turns contribute to %w, and keeps a cotangent for each element.
// CHECK-LABEL: @chain(
// CHECK: net.scan %{{.*}} with %{{.*}} reverse : (tensor<4xf32>, tensor<f32>) -> tensor<f32> {
// GRAD-LABEL: @chain(
// GRAD-SAME:  %[[XS:[a-z0-9]+]]: tensor<4xf32>, %[[W:[a-z0-9]+]]: tensor<f32>
// GRAD:       %[[KEPT:.*]]:2 = net.scan %[[XS]] with %{{.*}} reverse : (tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<f32>) {
// GRAD-NEXT:  ^bb0(%[[X:.*]]: tensor<f32>, %[[H:.*]]: tensor<f32>):
// GRAD-NEXT:    %[[P:.*]] = net.mul %[[H]], %[[W]]
// GRAD-NEXT:    %[[N:.*]] = net.add %[[P]], %[[X]]
// GRAD-NEXT:    net.yield %[[H]], %[[N]]
// GRAD:       %[[D:.*]]:3 = net.scan %[[KEPT]]#0 with %{{.*}}, %{{.*}} : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> (tensor<4xf32>, tensor<f32>, tensor<f32>) {
// GRAD-NEXT:  ^bb0(%[[R:.*]]: tensor<f32>, %[[DH:.*]]: tensor<f32>, %[[DW:.*]]: tensor<f32>):
// GRAD-DAG:     %[[DP:.*]] = net.mul %[[DH]], %[[W]]
// GRAD-DAG:     %[[PART:.*]] = net.mul %[[DH]], %[[R]]
// GRAD:         %[[SUM:.*]] = net.add %[[DW]], %[[PART]]
// GRAD-NEXT:    net.yield %[[DH]], %[[DP]], %[[SUM]]
// GRAD:       return %[[D]]#0, %[[D]]#2
func.func @chain(%xs: tensor<4xf32>, %w: tensor<f32>) -> (tensor<4xf32>, tensor<f32>) {
  %dxs, %dw, %l = net.grad %xs, %w : (tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<f32>):
    %zero = net.constant dense<0.0> : tensor<f32>
    %last = net.scan %a with %zero reverse : (tensor<4xf32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%x: tensor<f32>, %h: tensor<f32>):
      %p = net.mul %h, %b : tensor<f32>
      %n = net.add %p, %x : tensor<f32>
      net.yield %n : tensor<f32>
    }
    net.yield %last : tensor<f32>
  }
  return %dxs, %dw : tensor<4xf32>, tensor<f32>
}

// -----

func.func @lengths(%xs: tensor<4xf32>, %ys: tensor<5xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'net.scan' op runs along sequences of one length, not f32[4] and f32[5]}}
  %zs = net.scan %xs, %ys : (tensor<4xf32>, tensor<5xf32>) -> tensor<4xf32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    net.yield %x : tensor<f32>
  }
  return %zs : tensor<4xf32>
}

// -----

func.func @rank(%x: tensor<f32>) -> tensor<4xf32> {
  // expected-error @+1 {{'net.scan' op runs along sequences of one length, not f32 and f32}}
  %zs = net.scan %x : (tensor<f32>) -> tensor<4xf32> {
  ^bb0(%y: tensor<f32>):
    net.yield %y : tensor<f32>
  }
  return %zs : tensor<4xf32>
}

// -----

func.func @none(%h: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{'net.scan' op runs along one sequence at least}}
  %l = net.scan with %h : (tensor<f32>) -> tensor<f32> {
  ^bb0(%x: tensor<f32>):
    net.yield %x : tensor<f32>
  }
  return %l : tensor<f32>
}

// -----

func.func @takes(%xs: tensor<4xf32>, %h: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'net.scan' op has a region that takes 'tensor<2xf32>', 'tensor<f32>' in place of 'tensor<f32>', 'tensor<2xf32>'}}
  %l = net.scan %xs with %h : (tensor<4xf32>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<2xf32>, %x: tensor<f32>):
    net.yield %a : tensor<2xf32>
  }
  return %l : tensor<2xf32>
}

// -----

func.func @carries(%xs: tensor<4xf32>, %h: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'net.scan' op carries 'tensor<2xf32>', its region yields 'tensor<f32>'}}
  %l = net.scan %xs with %h : (tensor<4xf32>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%x: tensor<f32>, %a: tensor<2xf32>):
    net.yield %x : tensor<f32>
  }
  return %l : tensor<2xf32>
}

// -----

func.func @gives(%xs: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error @+1 {{'net.scan' op gives 'tensor<5xf32>' in place of 'tensor<4xf32>'}}
  %l = net.scan %xs : (tensor<4xf32>) -> tensor<5xf32> {
  ^bb0(%x: tensor<f32>):
    net.yield %x : tensor<f32>
  }
  return %l : tensor<5xf32>
}

// -----

func.func @yields(%xs: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'net.scan' op gives 1 values, its region yields 2, and there are 0 carries}}
  %l = net.scan %xs : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x: tensor<f32>):
    net.yield %x, %x : tensor<f32>, tensor<f32>
  }
  return %l : tensor<4xf32>
}
