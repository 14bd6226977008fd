/** The import rules of the rooms (see CONTRIBUTING.md, "Map of the code"). */
const room = (name) => `^src/${name}/`;
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.tsx?$' },
  to: { path: '^(src|runner)/', pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('core-knows-nobody', room('core'), []),
    only('handler-knows-nobody', room('handler'), []),
    only('project-knows-core', room('project'), [room('core')]),
    ...['build', 'bundle', 'store', 'registry', 'stack'].map((name) =>
      only(`${name}-knows-project-and-core`, room(name), [
        room('project'),
        room('core'),
        '^runner/src/published/',
      ]),
    ),
    only('host-knows-registry-project-and-core', room('host'), [
      room('registry'),
      room('project'),
      room('core'),
    ]),
    only('tui-knows-only-the-events', room('tui'), [
      '^src/dev/(events|commands)\\.ts$',
      '^src/core/terminal-text\\.ts$',
      '^src/core/errors/',
    ]),
    only('dev-does-not-know-screens', room('dev'), [
      ...['build', 'bundle', 'store', 'registry', 'stack', 'host', 'project', 'core', 'doctor'].map(room),
      '^runner/src/published/',
    ]),
    only('doctor-does-not-know-screens', room('doctor'), [
      ...['build', 'bundle', 'store', 'registry', 'stack', 'host', 'project', 'core'].map(room),
    ]),
    {
      name: 'runner-stands-alone',
      severity: 'error',
      from: { path: '^runner/' },
      to: { path: '^src/' },
    },
    only('testing-does-not-know-the-session', room('testing'), [
      ...['build', 'registry', 'host', 'project', 'core'].map(room),
      '^runner/',
    ]),
    {
      name: 'src-knows-the-runner-by-http',
      comment:
        'Only published types of the runner may be imported; the test helper for authors runs its engine in process.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.tsx?$|^src/testing/' },
      to: { path: '^runner/', pathNot: '^runner/src/published/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/host/page/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
