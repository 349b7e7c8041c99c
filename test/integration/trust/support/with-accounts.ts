import { describe } from 'vitest';
import { NO_ACCOUNTS, testAccounts, type Accounts } from '../../../rig/accounts.ts';

/** Tests that need root and two accounts: where there are none they are skipped, and the title says why. */
export function describeWithAccounts(title: string, tests: (accounts: Accounts) => void): void {
  const accounts = testAccounts();
  describe.skipIf(accounts === undefined)(
    accounts === undefined ? `${title} (${NO_ACCOUNTS})` : title,
    () => {
      if (accounts !== undefined) tests(accounts);
    },
  );
}
