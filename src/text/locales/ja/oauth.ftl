# アプリの許可の文章：何ができるか、許可の画面。

## 何ができるか
scope-unknown = アプリが、知らない種類の許可を求めています。
scope-read = あなたに見えるものをすべて読む（投稿、通知、フォロー、ブックマークなど）
scope-write = あなたの名前ですべてを書き、変える（投稿、返信、いいね、プロフィールなど）
scope-follow = フォロー、ブロック、ミュートを見て、変える
scope-push = あなたの端末に通知を送る
scope-profile = あなたのお名前と写真を見る
scope-admin-read = 管理の情報をすべて見る
scope-admin-write = 管理の操作をすべて行う
scope-may-read = { $what }を見る
scope-may-write = { $what }を書き、変える
scope-may-admin-read = 管理の情報を見る：{ $what }
scope-may-admin-write = 管理の操作を行う：{ $what }
scope-of-accounts = アカウントとプロフィール
scope-of-blocks = ブロックした人
scope-of-bookmarks = ブックマーク
scope-of-conversations = 個人あての会話
scope-of-favourites = いいね
scope-of-filters = フィルター
scope-of-follows = フォロー
scope-of-lists = リスト
scope-of-media = 写真などのファイル
scope-of-mutes = ミュートした人
scope-of-notifications = 通知
scope-of-reports = 通報
scope-of-search = 検索の結果
scope-of-statuses = 投稿
scope-of-domain-allows = つながってよいサーバー
scope-of-domain-blocks = ブロックしたサーバー
scope-of-ip-blocks = ブロックしたIPアドレス
scope-of-email-domain-blocks = 受け付けないメールのドメイン
scope-of-canonical-email-blocks = 受け付けないメールアドレス

## 秘密の文字列
secret-form = トークンやシークレットは、半角の英数字と - . _ ~ で16〜200字です。

## 許可の画面
oauth-title = アプリの許可
oauth-heading = 「{ $program }」に許可しますか
oauth-as = @{ $name } としてログインしています。
oauth-rights = このアプリができるようになること
oauth-hint = 心当たりがなければ、許可しないでください。許可は「設定 → ログイン中の端末」でいつでも取り消せます。
oauth-allow = 許可する
oauth-deny = 許可しない
oauth-again = ログインし直す
oauth-sign-in-anew = アプリが、もう一度ログインするよう求めています。
oauth-code-title = アプリに入れるコード
oauth-code-how = このコードをコピーして、アプリに貼り付けてください。
oauth-code-life = 10分のあいだ、1回だけ使えます。ほかの人には見せないでください。
oauth-unknown-program = このアプリは登録されていません。アプリからもう一度ログインしてください。
oauth-unknown-redirect = 戻り先が、このアプリの登録と違います。アプリを作った方にお知らせください。
oauth-wrong-response = アプリの求め方が、このノードの受け付けるものと違います（response_type）。アプリを作った方にお知らせください。
oauth-wrong-scope = アプリが、登録していない許可か、知らない種類の許可を求めています（scope）。アプリを作った方にお知らせください。
oauth-wrong-challenge = アプリの確かめ方が、このノードの受け付けるものと違います（code_challenge、S256だけ）。アプリを作った方にお知らせください。

## アプリの登録
oauth-name-form = アプリの名前は1〜{ $count }字です。
oauth-website-form = アプリのサイトは http:// か https:// で始まるアドレスです。
oauth-redirect-form = 戻り先は、https:// などで始まり # のない、2000字までのアドレスです。
oauth-redirect-count = 戻り先は1〜{ $count }個です。
sign-up-agreement = 約束ごとに同意してください。
oauth-scope = このプログラムに許可された範囲を超えています。
email-confirmed = メールアドレスはもう確認されています。
