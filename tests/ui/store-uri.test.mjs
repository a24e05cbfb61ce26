import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { masked } from '../../horizon/panel/admin/store-uri.js';

describe('the address of a store', () => {
  test('is shown as it is where there is no password in it', () => {
    for (const uri of ['redis://10.0.0.5:6379?dbid=2', 'redis://[::1]:6379', 'redis:/run/redis.sock?dbid=1', 'mongodb://zaqar@a:1,b:2/?replicaSet=r', 'memory://', '']) {
      assert.equal(masked(uri), uri);
    }
  });

  test('is shown without its password, whatever characters that has', () => {
    for (const password of ['hush', 'hu/sh', 'hu#sh', 'hu@sh', 'hu?sh', 'hu:sh', 'hu%40sh', '/#@?:', '']) {
      assert.equal(masked(`redis://:${password}@10.0.0.5:6379/0?dbid=1`), 'redis://:••••@10.0.0.5:6379/0?dbid=1');
      assert.equal(masked(`mongodb://zaqar:${password}@a:1,b:2/?replicaSet=r`), 'mongodb://zaqar:••••@a:1,b:2/?replicaSet=r');
      assert.equal(masked(`zaqar:${password}@a`), 'zaqar:••••@a');
    }
  });

  test('is shown without the passwords among its parameters', () => {
    for (const password of ['hush', 'hu/sh', 'hu#sh', 'hu@sh', 'hu?sh', 'hu&sh', '@']) {
      assert.equal(masked(`redis://a?master=m&sentinel_password=${password}&dbid=1`), 'redis://a?master=m&sentinel_password=••••&dbid=1');
    }
    assert.equal(masked('mongodb://a/?x=1;pwd=hush'), 'mongodb://a/?x=••••');
    assert.equal(masked('mongodb://a/?tlsCertificateKeyFilePassword=hush'), 'mongodb://a/?tlsCertificateKeyFilePassword=••••');
  });

  test('is cut where it cannot be told whether a parameter or a password begins', () => {
    assert.equal(masked('redis://:hu?x=sh@a'), 'redis://:••••');
    assert.equal(masked('redis://a:1?x=hu@sh'), 'redis://a:••••');
  });
});
