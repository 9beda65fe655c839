module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/api.jest.cjs'],
  modulePathIgnorePatterns: ['<rootDir>/node_modules/bearward'],
};
