import { join } from 'node:path';
import { describeClientFiles } from '@portolan/openapi/testing';

describeClientFiles(join(import.meta.dirname, '..'));
