import { testSql } from "./contract.ts";
import { openMemorySql } from "./memory.ts";

testSql("memory", openMemorySql);
