// The grammar of .net files. It names no operation: a call is name(args), and what the name means
// is resolved later. One rule for each level of precedence, the loosest first.
grammar Net;

// Declarations

file: decl* EOF;

decl: use | constant | callable | derivative | data;

use: 'use' STRING;

constant: 'let' pattern '=' expr;

// Of two lists the first is static. Which of the parts each kind may have is checked on the tree.
callable
  : ('layer' | 'network' | 'fn' | 'optimizer' | 'initializer' | 'task') ID params params? ('->' type)? block
  | 'train' ID block
  ;

derivative: 'surrogate'? 'derivative' ID names 'given' (ID (',' ID)* | names) block;
names: '(' ID (',' ID)* ')';

data: 'data' ID params '{' dataItem* '}';
dataItem: word '=' (rows | expr) | rows;
// Bodies of literals only are read before the parser runs, and are empty here.
rows: 'rows' '{' (row (',' row)* ','?)? '}';
row: expr ('->' expr)?;

params: '(' (param (',' param)*)? ')';
param: name (':' type)? ('=' expr)?;

type: name ('[' (expr (',' expr)*)? ']')? | '(' type (',' type)* ')' | 'fn';

// Statements. Each begins with a keyword, so a newline means nothing, and an error ends at the next.

block: '{' stmt* '}';

stmt
  : 'let' pattern '=' expr                                                     # letStmt
  | 'param' name ':' type ('~' expr)?                                          # paramStmt
  | 'state' name (':' type)? '=' expr                                          # stateStmt
  | 'set' target '=' expr                                                      # setStmt
  | 'return' expr (',' expr)*                                                  # returnStmt
  | 'next' pattern '=' expr                                                    # nextStmt
  | 'emit' expr (',' expr)*                                                    # emitStmt
  | ('minimize' | 'maximize') pipe ('over' pipe)? 'using' pipe ('as' STRING)?  # minimizeStmt
  | 'update' pipe 'with' pipe ('of' pipe)? 'using' pipe ('as' STRING)?         # updateStmt
  | ('report' | 'show') pipe on? ('as' STRING)?                                # reportStmt
  | 'each' pattern 'in' expr (',' option)* block?                              # eachStmt
  | 'stop' 'when' expr                                                         # stopStmt
  ;

option: word '=' expr;
pattern: name (':' type)? | '(' pattern (',' pattern)* ')';
target: name ('.' word)* ('[' index (',' index)* ']' | args)?;

// Expressions

expr: pipe on? ('as' STRING)?;
on: 'on' (pattern 'in')? pipe;

pipe: disjunction ('|>' disjunction)*;
disjunction: conjunction ('or' conjunction)*;
conjunction: comparison ('and' comparison)*;
comparison: range (('<' | '>' | '<=' | '>=' | '==' | '!=') range)?;
range: sum ('..' sum?)?;
sum: product (('+' | '-') product)*;
product: contraction (('*' | '/') contraction)*;
contraction: prefix ('@' prefix)*;
prefix
  : ('-' | 'not') prefix
  | 'grad' prefix 'wrt' prefix
  | 'jvp' prefix 'wrt' prefix 'along' prefix
  | power
  ;
power: postfix ('**' prefix)?;
postfix: atom suffix*;
suffix: '.' word | '[' index (',' index)* ']' | args;

atom
  : '(' expr ('with' expr | (',' expr)+)? ')'
  | scan
  | name
  | NUMBER
  | STRING
  | '[' (expr (',' expr)*)? ']'
  ;

args: '(' (arg (',' arg)*)? ')';
arg: (word '=')? expr;
index: ':' expr? | expr (':' expr?)?;

scan: 'scan' pattern 'in' expr ('over' prefix)? 'reverse'? ('with' carry (',' carry)*)? block;
carry: name '=' expr;

// Names. Keywords that cannot begin or end a statement are names too; after a dot, before `=` and as
// parts of data every keyword is one.

name: ID | 'over' | 'of' | 'on' | 'along' | 'when' | 'given' | 'reverse' | 'rows' | 'surrogate';

word
  : name | 'use' | 'let' | 'layer' | 'network' | 'fn' | 'optimizer' | 'initializer' | 'task' | 'train'
  | 'derivative' | 'data' | 'param' | 'state' | 'set' | 'return' | 'next' | 'emit' | 'minimize'
  | 'maximize' | 'using' | 'as' | 'update' | 'with' | 'report' | 'show' | 'each' | 'in' | 'stop'
  | 'or' | 'and' | 'not' | 'grad' | 'wrt' | 'jvp' | 'scan'
  ;

// Tokens

USE: 'use';
LET: 'let';
LAYER: 'layer';
NETWORK: 'network';
FN: 'fn';
OPTIMIZER: 'optimizer';
INITIALIZER: 'initializer';
TASK: 'task';
TRAIN: 'train';
SURROGATE: 'surrogate';
DERIVATIVE: 'derivative';
GIVEN: 'given';
DATA: 'data';
ROWS: 'rows';
PARAM: 'param';
STATE: 'state';
SET: 'set';
RETURN: 'return';
NEXT: 'next';
EMIT: 'emit';
MINIMIZE: 'minimize';
MAXIMIZE: 'maximize';
OVER: 'over';
USING: 'using';
AS: 'as';
UPDATE: 'update';
WITH: 'with';
OF: 'of';
REPORT: 'report';
SHOW: 'show';
ON: 'on';
EACH: 'each';
IN: 'in';
STOP: 'stop';
WHEN: 'when';
OR: 'or';
AND: 'and';
NOT: 'not';
GRAD: 'grad';
WRT: 'wrt';
JVP: 'jvp';
ALONG: 'along';
SCAN: 'scan';
REVERSE: 'reverse';

PIPE: '|>';
ARROW: '->';
POWER: '**';
DOTS: '..';
LE: '<=';
GE: '>=';
EQ: '==';
NE: '!=';
LT: '<';
GT: '>';
ASSIGN: '=';
PLUS: '+';
MINUS: '-';
TIMES: '*';
DIVIDE: '/';
AT: '@';
TILDE: '~';
DOT: '.';
COMMA: ',';
COLON: ':';
LPAREN: '(';
RPAREN: ')';
LBRACKET: '[';
RBRACKET: ']';
LBRACE: '{';
RBRACE: '}';

ID: [\p{L}_] [\p{L}\p{N}_]* '\''*;
NUMBER: [0-9]+ ('.' [0-9]+)? ([eE] [+-]? [0-9]+)?;
STRING: '"' (~["\\\r\n] | '\\' ~[\r\n])* '"';
COMMENT: '#' ~[\n]* -> skip;
SPACE: [ \t\r\n]+ -> skip;
// What is no token is reported with its place, and left out.
UNKNOWN: .;
