export { createTypeChecker, type TypeCheck, type TypeChecker } from './type-checker.js';
