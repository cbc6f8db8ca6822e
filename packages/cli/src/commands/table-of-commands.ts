import type { Command } from '../command.ts';
import { completionCommand } from '../completion/completion.ts';
import { topCommand } from '../top/top.ts';
import { auditCommand } from './audit.ts';
import { backendsCommand, backendsExplainCommand, backendsWeightCommand } from './backends.ts';
import { cacheBoardCommand, cacheCommand, cacheDropCommand } from './cache.ts';
import {
  campaignCommand,
  campaignReverseCommand,
  campaignShowCommand,
  campaignStartCommand,
} from './campaign.ts';
import { leaderCommand, membersCommand, stepDownCommand } from './cluster.ts';
import { backupCommand, migrateCommand } from './database.ts';
import { drainCommand } from './drain.ts';
import {
  playersCommand,
  playersDeleteCommand,
  playersRestoreCommand,
  playersShowCommand,
} from './players.ts';
import { statusCommand } from './status.ts';
import { strategyCommand } from './strategy.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  statusCommand,
  topCommand,
  backendsCommand,
  backendsWeightCommand,
  backendsExplainCommand,
  drainCommand,
  strategyCommand,
  membersCommand,
  leaderCommand,
  stepDownCommand,
  playersCommand,
  playersShowCommand,
  playersDeleteCommand,
  playersRestoreCommand,
  campaignCommand,
  campaignShowCommand,
  campaignStartCommand,
  campaignReverseCommand,
  auditCommand,
  cacheCommand,
  cacheDropCommand,
  cacheBoardCommand,
  backupCommand,
  migrateCommand,
  completionCommand(() => commands),
];
